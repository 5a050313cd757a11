"""The frame's HTML: landmarks, who sees what, and nothing that people typed as markup."""

from __future__ import annotations

import re

import pytest

from components.catalog import CatalogHead
from components.shell import Chrome, Columns, avatar, frame_html, page_html, sign_in_path
from services.domain.actors import Actor, Role
from services.domain.identifiers import Login, UserId

ANA = Actor(id=UserId(7), login=Login("ana"), display_name="Ana Ruiz")


def ids_in(html: str) -> list[str]:
    return sorted(re.findall(r'data-testid="([^"]+)"', html))


def test_a_stranger_may_sign_in_and_come_back() -> None:
    html = frame_html(Chrome(site_name="OHM", viewer=None, path="/rfc/human?x=1"))

    assert 'href="/auth/login?next=%2Frfc%2Fhuman%3Fx%3D1"' in html


def test_a_stranger_sees_what_needs_no_account() -> None:
    html = frame_html(Chrome(site_name="OHM", viewer=None))

    assert ids_in(html) == [
        "about-link", "catalog-more", "catalog-search", "catalog-sort", "connection-banner", "palette-input",
        "pending-ideas", "sign-in", "state-filter-active", "state-filter-super-draft", "state-filter-withdrawn",
        "theme-toggle",
    ]  # fmt: skip


def test_somebody_signed_in_may_propose_and_sign_out() -> None:
    html = frame_html(Chrome(site_name="OHM", viewer=ANA))

    assert set(ids_in(html)) >= {"propose-open", "user-menu", "sign-out"}
    assert "sign-in" not in ids_in(html)


def test_who_is_muted_is_not_offered_to_propose() -> None:
    muted = Actor(id=UserId(7), login=Login("ana"), display_name="Ana", muted=True)

    assert 'data-act="propose"' not in frame_html(Chrome(site_name="OHM", viewer=muted))


def test_each_test_id_stands_once() -> None:
    ids = ids_in(frame_html(Chrome(site_name="OHM", viewer=ANA, columns=Columns.THREE)))

    assert ids == sorted(set(ids))


def test_signing_out_is_a_post() -> None:
    html = frame_html(Chrome(site_name="OHM", viewer=ANA))

    assert '<form method="post" action="/auth/logout">' in html


@pytest.mark.parametrize("columns", list(Columns))
def test_names_that_people_chose_are_text(columns: Columns) -> None:
    mean = '<script>alert(1)</script>"'
    viewer = Actor(id=UserId(1), login=Login("m"), display_name=mean, avatar_url=mean, role=Role.OWNER)
    chrome = Chrome(site_name=mean, viewer=viewer, path=f"/{mean}", columns=columns, talk=mean)

    html = page_html(chrome, title=mean, document="")

    assert html.count("<script>") == 0


def test_a_page_without_catalog_has_neither_column_nor_tabs() -> None:
    html = frame_html(Chrome(site_name="OHM", viewer=None, columns=Columns.ONE))

    assert ("r-tabbar" in html, "catalog-search" in html) == (False, False)


def test_the_drawer_has_a_button_only_where_the_catalog_can_be_hidden() -> None:
    drawers = {
        columns: "open-catalog" in frame_html(Chrome(site_name="OHM", viewer=None, columns=columns))
        for columns in Columns
    }

    assert drawers == {Columns.ONE: False, Columns.TWO: False, Columns.THREE: True}


def test_counts_stand_there_before_the_rows_arrive() -> None:
    head = CatalogHead(content="abc", states={"active": 4790, "super-draft": 214}, ideas=3)

    html = frame_html(Chrome(site_name="OHM", viewer=None, catalog=head))

    assert 'placeholder="Filter 5,004 RFCs"' in html
    assert ">4,790</span>" in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ana Ruiz", "AR"),
        ("ana", "an"),
        ("jean-luc picard", "jp"),
        ("X", "X"),
        ("Ana María Ruiz", "AR"),
        ("_", "_"),
    ],
)
def test_an_avatar_without_a_picture_shows_initials(name: str, letters: str) -> None:
    assert avatar(name) == f'<span class="r-avatar" aria-hidden="true">{letters}</span>'


def test_signing_in_keeps_the_whole_address() -> None:
    assert sign_in_path("/a?b=c&d=/e") == "/auth/login?next=%2Fa%3Fb%3Dc%26d%3D%2Fe"


@pytest.mark.parametrize(
    ("unread", "count", "label"),
    [(0, " hidden></b>", "Inbox"), (4, ">4</b>", "Inbox, 4 unread"), (120, ">99+</b>", "Inbox, 120 unread")],
)
def test_the_bell_begins_with_what_it_said_last(unread: int, count: str, label: str) -> None:
    html = frame_html(Chrome(site_name="OHM", viewer=ANA, unread=unread))

    assert f'data-testid="inbox-count" aria-hidden="true"{count}' in html
    assert f'aria-label="{label}"' in html
