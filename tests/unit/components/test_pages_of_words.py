"""Landing, overview, errors and philosophy as HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from components.catalog import CatalogHead
from components.landing import Landing, landing_html, tally
from components.overview import Turn, nothing_yet_html, your_turn_html
from components.page_error import PageError, Step, page_error_html
from components.philosophy import philosophy_text, title_of
from services.usecases.views.catalog import CatalogView

NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)
EMPTY = CatalogView(version=0, rows=(), ideas=())


def turn(days: int) -> Turn:
    return Turn(
        title="Merge <it>",
        why="You decide.",
        since=NOW - timedelta(days=days),
        path="/proposal/3",
        button="Review",
    )


def test_the_landing_page_has_title_pitch_and_three_items() -> None:
    landing = Landing(title="A & B", pitch="Because <this>.", sign_in="/auth/login", catalog=CatalogHead())

    html = landing_html(landing)

    assert '<h1 data-testid="landing-title">A &amp; B</h1>' in html
    assert '<p data-testid="landing-pitch">Because &lt;this&gt;.</p>' in html
    assert html.count('data-testid="landing-deck-item"') == 3


def test_a_tally_leaves_out_what_there_is_none_of() -> None:
    words = re.sub("<[^>]+>", " ", tally(CatalogHead(states={"super-draft": 1, "active": 0}, ideas=2)))

    assert words.split() == ["1", "super-draft", "2", "pending", "ideas"]


def test_what_waits_longest_than_a_week_is_late() -> None:
    html = your_turn_html((turn(8), turn(2)), EMPTY, now=NOW)

    assert (html.count("your-turn-row"), html.count("data-late")) == (2, 1)


def test_only_the_first_turn_has_the_primary_button() -> None:
    assert your_turn_html((turn(1), turn(2), turn(3)), EMPTY, now=NOW).count("r-btn--primary") == 1


def test_nothing_waiting_is_said() -> None:
    assert "Nothing waits for you." in your_turn_html((), EMPTY, now=NOW)


def test_an_empty_site_offers_the_step_that_is_possible() -> None:
    offers = [nothing_yet_html(may_propose=may, sign_in="/auth/login?next=%2F") for may in (True, False)]

    assert ['data-act="propose"' in html for html in offers] == [True, False]


def test_an_error_page_has_its_status_and_its_steps_in_words() -> None:
    steps = (Step(label="Open <it>", path="/rfc/it"), Step(label="Propose it", act="propose", title='"It"'))

    html = page_error_html(PageError(status=404, title="No <such>", text="So & so.", steps=steps))

    assert re.sub("<[^>]+>", "|", html).replace("|", " ").split() == [
        "404", "No", "&lt;such&gt;", "So", "&amp;", "so.", "Open", "&lt;it&gt;", "Propose", "it",
    ]  # fmt: skip
    assert 'data-title="&quot;It&quot;"' in html


def test_a_philosophy_that_cannot_be_read_gives_the_shipped_one(tmp_path: Path) -> None:
    assert philosophy_text(tmp_path / "none.md") == philosophy_text(None)


def test_the_operators_philosophy_is_shown(tmp_path: Path) -> None:
    (tmp_path / "ours.md").write_text("# Ours\n", encoding="utf-8")

    assert title_of(philosophy_text(tmp_path / "ours.md")) == "Ours"


def test_a_text_without_heading_has_a_plain_title() -> None:
    assert title_of("words\n## Second\n") == "Philosophy"
