"""The public API, asked as any program would."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.support.forge import wait_until
from tests.support.server import RunningServer


def test_the_list_has_every_entry(http: httpx.Client, server: RunningServer) -> None:
    [rfc] = http.get("/api/rfcs").json()["rfcs"]
    assert rfc.pop("last_activity_at")
    assert rfc == {
        "slug": "human",
        "number": None,
        "title": "Human",
        "state": "super-draft",
        "tags": ["core", "people"],
        "owners": ["writer"],
        "arbiters": [],
        "proposed_by": "writer",
        "open_pulls": 0,
        "url": f"{server.url}/rfc/human",
    }


def test_an_entry_comes_with_its_text_and_where_it_was_read(
    http: httpx.Client, server: RunningServer
) -> None:
    rfc = http.get("/api/rfcs/human").json()
    assert [bool(rfc.pop(key)) for key in ("commit", "changed_at", "as_of")] == [True, True, True]
    assert rfc == {
        "slug": "human",
        "id": None,
        "title": "Human",
        "state": "super-draft",
        "tags": ["core", "people"],
        "owners": ["writer"],
        "arbiters": [],
        "proposed_by": "writer",
        "proposed_at": "2026-11-01",
        "body": "# Human\n\nA human is a *who*, not a what.\n",
        "url": f"{server.url}/rfc/human",
        "raw_url": f"{server.url}/api/rfcs/human/raw",
    }


@pytest.mark.parametrize("query", ["", "?ref=main"])
def test_raw_is_the_body_without_front_matter(http: httpx.Client, query: str) -> None:
    answer = http.get(f"/api/rfcs/human/raw{query}")
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (
        200,
        "text/markdown; charset=utf-8",
        "# Human\n\nA human is a *who*, not a what.\n",
    )


@pytest.mark.parametrize("ref", ["nosuch", "0" * 40, "../main", "main/../x", "-", "a b"])
def test_raw_at_a_ref_that_does_not_exist_is_a_404(http: httpx.Client, ref: str) -> None:
    answer = http.get("/api/rfcs/human/raw", params={"ref": ref})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_an_entry_nobody_contributes_to_has_no_branches(http: httpx.Client) -> None:
    assert http.get("/api/rfcs/human/branches").json() == {"branches": []}
    assert http.get("/api/rfcs/human/prs").json() == {"prs": []}


@pytest.mark.parametrize(
    "path",
    [
        "/api/rfcs",
        "/api/rfcs/human",
        "/api/rfcs/human/raw",
        "/api/rfcs/human/branches",
        "/api/rfcs/human/prs",
        "/api/rfcs/human/history",
        "/api/proposals",
        "/api/search",
        "/api/catalog",
    ],
)
def test_what_is_unchanged_is_not_sent_again(http: httpx.Client, path: str) -> None:
    def is_sent_once() -> bool:
        first = http.get(path)
        second = http.get(path, headers={"if-none-match": first.headers["etag"]})
        return (first.status_code, second.status_code, second.content) == (200, 304, b"")

    wait_until(is_sent_once, what="an answer as of one look at Gitea")  # there may be one between the two


def test_a_catalog_address_that_names_its_content_may_be_kept(http: httpx.Client) -> None:
    tag = http.get("/api/catalog").headers["etag"].strip('"')
    named = [http.get("/api/catalog", params={"v": v}).headers["cache-control"] for v in (tag, "older")]
    assert named == ["public, max-age=3600, immutable", "no-cache"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/rfcs/nothing", 404, "not_found"),
        ("GET", "/api/rfcs/nothing/raw", 404, "not_found"),
        ("GET", "/api/rfcs/nothing/branches", 404, "not_found"),
        ("GET", "/api/rfcs/nothing/prs", 404, "not_found"),
        ("GET", "/api/rfcs/nothing/history", 404, "not_found"),
        ("GET", "/api/rfcs/" + "x" * 81, 422, "invalid"),
        ("GET", "/api/rfcs/human/raw?ref=" + "x" * 256, 422, "invalid"),
        ("GET", "/api/proposals/999", 404, "not_found"),
        ("GET", "/api/proposals/0", 422, "invalid"),
        ("GET", "/api/proposals/many", 422, "invalid"),
        ("GET", "/api/proposals/99999999999999999999", 422, "invalid"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("POST", "/api/rfcs", 405, "method_not_allowed"),
        ("DELETE", "/api/rfcs/human", 405, "method_not_allowed"),
        ("GET", "/api/docs/openapi.json", 401, "not_signed_in"),
    ],
)
def test_failures_have_one_form(
    http: httpx.Client, server: RunningServer, method: str, path: str, status: int, code: str
) -> None:
    answer = http.request(method, path, headers={"origin": server.url})
    assert (answer.status_code, answer.json()["error"]["code"], sorted(answer.json()["error"])) == (
        status,
        code,
        ["code", "hint", "message"],
    )


def test_public_reads_leave_no_cookie_behind(http: httpx.Client) -> None:
    answers = [
        http.get(path) for path in ("/api/rfcs", "/api/rfcs/human", "/api/rfcs/human/raw", "/api/catalog")
    ]
    assert [answer.headers.get("set-cookie") for answer in answers] == [None] * 4


def test_health_and_readiness_are_one_word(http: httpx.Client) -> None:
    assert [http.get(path).text for path in ("/healthz", "/readyz")] == ["ok\n", "ready\n"]


def test_a_links_card_says_what_an_entry_is_and_how_it_begins(http: httpx.Client) -> None:
    answer = http.get("/api/catalog/cards/human")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Super-draft" in answer.text
    assert "A human is a who, not a what." in answer.text
    assert http.get("/api/catalog/cards/nobody").status_code == 404


def test_a_search_says_where_the_words_stand(http: httpx.Client, server: RunningServer) -> None:
    answer = http.get("/api/search", params={"q": "who"}).json()

    [found] = answer["rfcs"]
    assert (answer["query"], answer["pulls"], answer["next_offset"]) == ("who", [], None)
    assert found["sections"] == [
        {
            "number": "",
            "heading": [],
            "snippet": [
                {"text": "A human is a ", "hit": False},
                {"text": "who", "hit": True},
                {"text": ", not a what.", "hit": False},
            ],
            "url": f"{server.url}/rfc/human",
        }
    ]
    assert http.get("/api/search", params={"q": "x" * 10_000}).json()["rfcs"] == []
    assert http.get("/search", params={"q": "x" * 10_000}).status_code == 200


def test_feeds_are_atom_and_an_unknown_entry_has_none(http: httpx.Client, server: RunningServer) -> None:
    site, human = http.get("/feed.atom"), http.get("/rfc/human/feed.atom")

    assert (site.status_code, site.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    links = [f'href="{server.url}{path}"' in feed.text for path, feed in
             (("/feed.atom", site), ("/rfc/human/feed.atom", human))]  # fmt: skip
    assert (links, ET.fromstring(human.text)[0].text) == ([True, True], "Human · RFC UI")
    assert http.get("/rfc/nothing/feed.atom").status_code == 404


def test_without_a_token_nobody_learns_that_there_are_figures(http: httpx.Client) -> None:
    assert http.get("/metrics").status_code == 404
