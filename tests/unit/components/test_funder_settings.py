"""What the page of a funder says, and what it never does (§6.7)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser

from components.funder_settings import funder_html
from services.domain.identifiers import Slug
from services.llm.enabled import Provider
from services.usecases.fund import FundedRfc, FunderView, FundingState, StoredKey

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORED = StoredKey(provider=Provider.ANTHROPIC, stored_at=NOON, readable=True)
BROKEN = StoredKey(provider=Provider.ANTHROPIC, stored_at=NOON, readable=False)
NONE = StoredKey(provider=Provider.OPENAI, stored_at=None, readable=False)


def page(
    *keys: StoredKey,
    rfcs: tuple[FundedRfc, ...] = (),
    server: str | None = None,
    problem: str = "",
    refused: str = "",
) -> LexborHTMLParser:
    view = FunderView(keys=keys, rfcs=rfcs, openai_server=server)
    return LexborHTMLParser(funder_html(view, problem=problem, refused=refused))


def words(found: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in found.css(selector)]


def test_a_key_is_typed_hidden_and_its_field_is_empty_whatever_is_stored() -> None:
    fields = page(STORED, NONE).css("[data-testid=funder-key]")
    assert [(one.attributes["type"], one.attributes.get("value")) for one in fields] == [
        ("password", None)
    ] * 2


def test_only_a_stored_key_can_be_removed() -> None:
    found = page(STORED, NONE).css("[data-testid=funder-remove]")
    assert [one.attributes["data-do"] for one in found] == ["remove:anthropic"]


def test_a_key_that_cant_be_read_says_what_to_do() -> None:
    assert words(page(BROKEN), ".r-hint--bad") == [
        "It can't be read any more, because the site's own key was changed. Store it again."
    ]


def test_one_is_told_where_a_key_of_openais_interface_goes() -> None:
    found = page(STORED, NONE, server="http://models.example.org/v1")
    assert words(found, "[data-testid=funder-openai] code") == ["http://models.example.org/v1"]
    assert words(found, "[data-testid=funder-anthropic] code") == []


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (FundingState.ASKED, "consent:a"),
        (FundingState.PAYS, "withdraw:a"),
        (FundingState.NO_KEY, "withdraw:a"),
        (FundingState.AHEAD, "withdraw:a"),
    ],
)
def test_each_rfc_has_the_one_act_that_is_open(state: FundingState, act: str) -> None:
    found = page(rfcs=(FundedRfc(slug=Slug("a"), title="A <b>", state=state),))
    assert [one.attributes["data-do"] for one in found.css("[data-testid=funded-a] button")] == [act]
    assert words(found, "[data-testid=funded-a] a") == ["A <b>"]


def test_a_refusal_stands_above_everything() -> None:
    assert words(page(problem="Not <that>."), "[role=alert]") == ["Not <that>."]


def test_a_key_that_is_refused_says_so_at_its_own_field() -> None:
    found = page(STORED, NONE, problem="Not <that>.", refused="key:openai")
    assert words(found, "[role=alert]") == ["Not <that>."]
    assert words(found, "[data-testid=funder-openai] + [role=alert]") == ["Not <that>."]
    assert [one.attributes["data-set-form"] for one in found.css("[data-refused]")] == ["key:openai"]
