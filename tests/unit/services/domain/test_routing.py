"""§15.1: every kind of act has a routing decision, and each person hears of it in the strongest category."""

from __future__ import annotations

import pytest

from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.notice_places import Place, place_of
from services.domain.routing import ROUTES, Category, mentioned_logins

STRENGTH = list(Category)


def test_every_kind_of_act_has_a_routing_decision() -> None:
    """A new kind belongs into `ROUTES` (services/domain/routing.py), as NOBODY where it concerns nobody."""
    undecided = [kind.value for kind in (*ActionKind, *PermissionEventKind) if kind.value not in ROUTES]

    assert undecided == []


@pytest.mark.parametrize("kind", ROUTES)
def test_routes_stand_strongest_first(kind: str) -> None:
    order = [STRENGTH.index(route.category) for route in ROUTES[kind]]

    assert order == sorted(order)


@pytest.mark.parametrize(
    ("body", "logins"),
    [
        ("@ben, look", ("ben",)),
        ("(@Ben) and @ben.", ("ben",)),
        ("mail ben@example.org, see host/@x", ()),
        ("`@ben` and\n```\n@cleo\n```\n@dan", ("dan",)),
        ("@a.b-c_d-", ("a.b-c_d",)),
        ("@@ben @", ()),
        ("no one\r\nBcc: x@y.z", ()),
    ],
)
def test_mentions_are_found_outside_code(body: str, logins: tuple[str, ...]) -> None:
    assert mentioned_logins(body) == logins


def test_a_message_can_call_fifty_people_at_most() -> None:
    assert len(mentioned_logins(" ".join(f"@person{number}" for number in range(500)))) == 50


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"kind": "propose_idea", "idea": 4, "slug": "soul"}, Place("/proposal/4")),
        ({"kind": "merge_idea", "idea": 4, "slug": "soul"}, Place("/rfc/soul")),
        (
            {"kind": "open_pull", "pull": 2, "slug": "soul", "branch": "a/b"},
            Place("/rfc/soul/pr/2"),
        ),
        (
            {"kind": "post_message", "slug": "soul", "branch": "a/b", "thread": 9},
            Place("/rfc/soul/branch/a/b#thread-9"),
        ),
        ({"kind": "role_granted"}, Place("/")),
    ],
)
def test_a_notification_leads_to_the_page_that_shows_it(given: dict[str, object], place: Place) -> None:
    assert place_of(**({"slug": None, "branch": None} | given)) == place  # type: ignore[arg-type]


def test_a_page_is_the_address_without_its_fragment() -> None:
    place = place_of("post_message", slug="soul", branch="ünder/b", thread=9)

    assert (place.path, place.page) == ("/rfc/soul/branch/%C3%BCnder/b#thread-9", "/rfc/soul/branch/ünder/b")
