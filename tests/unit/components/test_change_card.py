"""Change cards in their states (§8.7)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.change_card import card_html, set_html
from components.word_diff import words_html
from services.domain.change import ChangeKind, ChangeState
from services.domain.identifiers import ChangeId, CommitSha, MessageId
from services.domain.model_symbols import ModelSign
from services.domain.prose_diff import PieceKind
from services.usecases.models import ModelChoice
from services.usecases.views.changes import ChangeView, PlaceView, SentenceView, WordPiece
from services.usecases.views.parts import Permit, PersonView

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
ANA, BEN = PersonView(login="ana", name="Ana Ruiz"), PersonView(login="ben", name="Ben <O>")
MAY, MAY_NOT = Permit(allowed=True), Permit(allowed=False, why_not="No.")
CLAUDE = ModelChoice(key="claude", name="Claude", sign=ModelSign("Cl", "claude"))
GEMINI = ModelChoice(key="gemini", name="Gemini", sign=ModelSign("Ge", "gemini"))
PIECES = ((PieceKind.SAME, "Each "), (PieceKind.DELETE, "whoever"), (PieceKind.INSERT, "one <who>"))
PENDING = ChangeView(
    id=ChangeId(7), state=ChangeState.PENDING, kind=ChangeKind.MODEL, message_id=MessageId(3), thread_id=None,
    parent_id=None, model_key="claude", model_name="Claude", sign=CLAUDE.sign, asked_by=ANA, by_viewer=True,
    prompt="", original="Each whoever", proposed="Each one <who>", applied="", reason="It reads better.",
    refusal="", where=PlaceView(number="2", title="Why", anchor="why"), pieces=PIECES, sentences=(), word="",
    edited=False, at=AT, decided_by=None, decided_at=None, decline_reason="", commit_sha=None, undo_sha=None,
    waits=False, moved_to="", decide=MAY, ask=MAY,
)  # fmt: skip


def reachable_in(html: str) -> list[str]:
    """What can be reached by its test id at first sight: what stands in templates opens later."""
    return re.findall(r'data-testid="([^"]+)"', re.sub(r"<template.*?</template>", "", html))


def words(html: str) -> str:
    """What is read at first sight."""
    plain = re.sub(r"<(?=p|footer|header|button|time)", " <", re.sub(r"<template.*?</template>", "", html))
    return " ".join(re.sub(r"<[^>]+>", "", plain).split())


def test_a_word_diff_is_made_of_real_marks() -> None:
    pieces = ((PieceKind.DELETE, "gone "), (PieceKind.INSERT, "come"), (PieceKind.SAME, " & stays"))

    assert words_html(pieces) == "<del>gone</del> <ins>come</ins> &amp; stays"


def test_marks_that_would_touch_are_set_apart() -> None:
    pieces = ((PieceKind.DELETE, "gone"), (PieceKind.INSERT, "come"))

    assert words_html(pieces) == "<del>gone</del> <ins>come</ins>"


def test_a_short_change_is_shown_in_its_line() -> None:
    html = card_html(replace(PENDING, led_by="… and ", followed_by=" is <it>"))

    assert (
        '<span class="r-muted">… and </span>Each <del>whoever</del> <ins>one &lt;who&gt;</ins>'
        '<span class="r-muted"> is &lt;it&gt;</span></div>'
    ) in html


def test_a_pending_card_can_be_decided() -> None:
    html = card_html(PENDING, models=(CLAUDE, GEMINI))

    assert reachable_in(html) == [
        "change-card-7", "change-accept", "change-decline", "change-edit", "change-again", "change-more",
        "change-decline-why",
    ]  # fmt: skip
    assert 'aria-label="Change in §2 Why by Claude, pending"' in html
    assert '<div class="r-card__diff">Each <del>whoever</del> <ins>one &lt;who&gt;</ins></div>' in html
    assert '<p class="r-card__why">It reads better.</p>' in html
    assert "Ask Gemini instead" in html
    assert "Ask Claude instead" not in html


def test_who_may_not_decide_reads_what_it_waits_for() -> None:
    html = card_html(replace(PENDING, decide=MAY_NOT, ask=MAY_NOT))

    assert reachable_in(html) == ["change-card-7"]
    assert words(html).endswith("Waits for somebody who may edit this branch")


def test_the_box_for_a_reason_says_which_keys_send_it() -> None:
    assert "Ctrl Enter declines" in card_html(PENDING)


def test_where_nobody_decides_any_more_it_waits_for_nobody() -> None:
    html = card_html(replace(PENDING, decide=MAY_NOT, ask=MAY_NOT, over="This PR has been merged."))

    assert words(html).endswith("This PR has been merged.")
    assert "Waits for" not in words(html)


@pytest.mark.parametrize(
    ("mine", "said"),
    [(True, "Waits for your branch Start contributing"), (False, "Waits for Ana Ruiz’s branch")],
)
def test_on_main_a_card_waits(mine: bool, said: str) -> None:
    waiting = replace(PENDING, waits=True, by_viewer=mine, decide=MAY_NOT)

    assert words(card_html(waiting)).endswith(said)


def test_a_card_that_moved_leads_to_its_branch() -> None:
    html = card_html(replace(PENDING, moved_to="ana/draft"), slug="human")

    assert 'href="/rfc/human/branch/ana/draft"' in html
    assert reachable_in(html) == ["change-card-7"]


def test_several_sentences_can_be_accepted_one_by_one() -> None:
    sentences = (SentenceView(number=1, pieces=PIECES), SentenceView(number=2, pieces=PIECES))
    html = card_html(replace(PENDING, sentences=sentences))

    assert "change-part" in reachable_in(html)
    assert re.findall(r'<input type="checkbox" class="r-checkbox" value="(\d)" checked>', html) == ["1", "2"]


def test_an_accepted_card_is_one_line_and_can_be_undone() -> None:
    accepted = replace(
        PENDING, state=ChangeState.ACCEPTED, decided_by=BEN, decided_at=AT, commit_sha=CommitSha("8d01c4e" * 5),
        edited=True,
    )  # fmt: skip
    html = card_html(accepted)

    assert words(html) == "Cl “one <who>” in §2 5 Jan 2026 Undo".replace("<who>", "&lt;who&gt;")
    assert reachable_in(html) == ["change-card-7", "change-undo"]
    assert "accepted by Ben &lt;O&gt; in their own wording, <code>8d01c4e</code>" in html


def test_a_declined_card_says_why() -> None:
    declined = replace(PENDING, state=ChangeState.DECLINED, decline_reason="too <formal>", decided_at=AT)

    assert words(card_html(declined)).startswith("Cl “one &lt;who&gt;” in §2, “too &lt;formal&gt;”")


@pytest.mark.parametrize(
    ("state", "first", "reachable"),
    [
        (ChangeState.STALE, "Text has changed in §2", ["change-decline", "change-again"]),
        (ChangeState.REFUSED, "Refused in §2", ["change-again"]),
    ],
)
def test_what_can_not_be_accepted_says_why_and_can_be_asked_again(
    state: ChangeState, first: str, reachable: list[str]
) -> None:
    html = card_html(replace(PENDING, state=state, refusal="It is gone."))

    assert words(html).startswith(f"Cl {first} It is gone.")
    assert reachable_in(html) == ["change-card-7", *reachable]


def test_while_it_is_accepted_nobody_presses_anything() -> None:
    html = card_html(replace(PENDING, state=ChangeState.ACCEPTING))

    assert html.count('aria-disabled="true"') == 2
    assert 'aria-busy="true"' in html


def test_a_copy_editors_word_can_go_on_the_list() -> None:
    assert "Add “whoever” to the word list" in card_html(replace(PENDING, word="whoever"))


def test_a_set_is_counted_and_accepted_at_once() -> None:
    done = replace(PENDING, state=ChangeState.ACCEPTED)

    assert words(set_html(3, [PENDING, PENDING])) == "2 changes Accept all"
    assert words(set_html(3, [PENDING, PENDING, done])) == "3 changes, 1 accepted Accept the rest"
    assert words(set_html(3, [PENDING, done])) == "2 changes, 1 accepted"


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (((PieceKind.INSERT, "today"), (PieceKind.SAME, " it "), (PieceKind.INSERT, "never covers")),
         "“today … never covers”"),
        (((PieceKind.INSERT, "| New **para** |"),), "“New para”"),
        (((PieceKind.SAME, "It speaks"), (PieceKind.INSERT, ","), (PieceKind.SAME, " and")), "“speaks,”"),
        (((PieceKind.SAME, "It "), (PieceKind.DELETE, "speaks")), "Struck “speaks”"),
        (((PieceKind.SAME, "It speaks"), (PieceKind.DELETE, ",")), "Struck “speaks,”"),
        (((PieceKind.SAME, "It speaks"),), "White space"),
    ],
)  # fmt: skip
def test_the_line_of_a_decided_card_says_what_and_where(pieces: tuple[WordPiece, ...], said: str) -> None:
    card = replace(PENDING, state=ChangeState.ACCEPTED, pieces=pieces, decided_at=AT)

    assert words(card_html(card)).startswith(f"Cl {said} in §2 ")
    assert words(card_html(replace(card, where=PlaceView()))).startswith(f"Cl {said} at the beginning ")


def test_a_card_that_moved_to_a_branch_says_what_it_was_about() -> None:
    html = card_html(replace(PENDING, moved_to="a-draft"), slug="human")

    assert words(html) == "ClMoved to a branch: “one &lt;who&gt;” in §2"
