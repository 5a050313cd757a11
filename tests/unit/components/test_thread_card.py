"""What a thread's card says, and what it offers to whom (§8.13, §8.14)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.design import STATIC_DIR
from components.thread_card import foot_html, label_of, thread_html
from services.domain.anchors import Certainty
from services.domain.identifiers import MessageId, ThreadId
from services.domain.prose_diff import Span
from services.domain.quoting import Shown
from services.domain.rendering.links import LinkBase
from services.domain.side import Side
from services.store.queries.threads import ThreadKind, ThreadState
from services.usecases.views.annotations import AnnotationView
from services.usecases.views.parts import MessageView, Permit, PersonView

AT = datetime(2026, 1, 2, tzinfo=UTC)
ANA = PersonView(login="ana", name="Ana <Ruiz>")
MESSAGE = MessageView(
    id=MessageId(3), kind="person", author=ANA, body="Is *it* so? <b>", at=AT, by_viewer=False
)
THREAD = AnnotationView(
    id=ThreadId(7),
    kind=ThreadKind.CHAT,
    state=ThreadState.OPEN,
    certainty=Certainty.EXACT,
    quote="a **being**",
    words="a **being**",
    quote_reads="a being",
    reads="a being",
    span=Span(4, 15),
    shown=Shown(line=1, before=0, length=6, quote="abeing"),
    written=Shown(line=1, before=4, length=10, quote="a**being**"),
    side=Side.AFTER,
    kept=False,
    opened_by=ANA,
    opened_at=AT,
    messages=(MESSAGE,),
    judge=Permit(allowed=True),
    asked=False,
    offers_resolve=False,
)
LOST = replace(THREAD, certainty=Certainty.LOST, words="", reads="", span=None, shown=None)
UNSURE = replace(THREAD, certainty=Certainty.UNCERTAIN, words="a thing", reads="a thing")


def words(html: str) -> str:
    """The text of a card without its times."""
    return " ".join(re.sub(r"<time.*?</time>|<[^>]+>", " ", html).split())


def offered(thread: AnnotationView, *, asks: bool = True) -> list[str]:
    """The buttons of a card, those inside it first."""
    return re.findall(r'data-do="(\w+)"', thread_html(thread, LinkBase()) + foot_html(thread, asks=asks))


def test_a_card_shows_the_passage_and_what_was_said() -> None:
    assert words(thread_html(THREAD, LinkBase())) == "Thread a being An Ana &lt;Ruiz&gt; Is it so? &lt;b&gt;"


@pytest.mark.parametrize(
    "thread",
    [
        THREAD,
        LOST,
        UNSURE,
        replace(UNSURE, asked=True),
        replace(THREAD, certainty=Certainty.MOVED),
        replace(THREAD, state=ThreadState.RESOLVED),
        replace(THREAD, kind=ThreadKind.FLAG),
        replace(THREAD, offers_resolve=True),
    ],
)
def test_every_icon_of_a_card_is_drawn(thread: AnnotationView) -> None:
    drawn = set(re.findall(r"^\.(i-[\w-]+)", (STATIC_DIR / "icons.css").read_text(), re.MULTILINE))
    html = thread_html(thread, LinkBase()) + foot_html(thread, asks=True)
    assert set(re.findall(r'class="i (i-[\w-]+)', html)) <= drawn


@pytest.mark.parametrize(
    ("thread", "acts"),
    [
        (THREAD, ["passage", "resolve"]),
        (replace(THREAD, judge=Permit(allowed=False, why_not="No.")), ["passage"]),
        (replace(THREAD, state=ThreadState.RESOLVED), ["reopen"]),
        (replace(THREAD, kind=ThreadKind.FLAG), ["passage", "ask", "discuss", "resolve"]),
        (replace(UNSURE, asked=True), ["passage", "confirm", "detach", "resolve"]),
        (UNSURE, ["passage", "resolve"]),
        (LOST, ["resolve"]),
        (replace(LOST, kind=ThreadKind.FLAG), ["discuss", "resolve"]),
    ],
)
def test_a_card_offers_what_can_be_done(thread: AnnotationView, acts: list[str]) -> None:
    assert offered(thread) == acts


def test_nothing_is_asked_where_no_model_can_be() -> None:
    assert offered(replace(THREAD, kind=ThreadKind.FLAG), asks=False) == ["passage", "discuss", "resolve"]


@pytest.mark.parametrize(
    ("thread", "said"),
    [
        (LOST, "This passage is no longer in the text."),
        (
            replace(UNSURE, asked=True),
            "The passage has changed. Does this still belong to it? It reads now: a thing",
        ),
        (
            UNSURE,
            "The passage has changed. It reads now: a thing Ana &lt;Ruiz&gt; can say whether this belongs to it.",
        ),
        (replace(THREAD, offers_resolve=True), "A change made in this thread was accepted. Is it settled?"),
    ],
)
def test_a_card_says_how_its_passage_stands(thread: AnnotationView, said: str) -> None:
    shown = words(thread_html(thread, LinkBase()))
    assert shown.removeprefix("Thread a being ").startswith(said)


def test_a_card_is_named_after_its_passage() -> None:
    assert label_of(replace(THREAD, kind=ThreadKind.FLAG)) == "Flag on “a being”"
