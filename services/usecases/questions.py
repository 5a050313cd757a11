"""What a model is asked, and what it is told besides (§8.5, §18.3)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.answer_body import talk_of
from services.domain.asked_about import passage_asked_about, section_asked_about
from services.domain.branch import BranchKey
from services.domain.change import ChangeState
from services.domain.change_protocol import Reach
from services.domain.errors import Invalid
from services.domain.identifiers import ChangeId, MessageId, Repository, Slug, ThreadId
from services.domain.prose_diff import Span
from services.llm.port import EarlierChange, Question, Said
from services.store.queries import changes, threads, users, words
from services.store.queries.changes import ChangeRow
from services.store.queries.threads import MessageKind
from services.store.work import Work

TOLD_MESSAGES = 30
TOLD_CHANGES = 40
"""Of those that wait, and of those that were declined: the latest."""
LONGEST_QUOTE = 20_000
MOST_QUOTES = 5
MOST_REMEMBERED = 500
ANOTHER_WORDING = "Somebody asks for another wording of this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage as somebody saw it: its words, and where they stood (code points; -1 where that is unknown)."""

    quote: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionOf:
    """The section of the heading with this anchor."""

    anchor: str


AskedReach = Span | Passage | SectionOf | None
"""What a question is about; None is the whole document, a `Span` is in code points of the present text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to know; `again`: the card of which they want another wording."""

    request: str
    reach: AskedReach = None
    quotes: tuple[str, ...] = ()
    again: ChangeId | None = None


class AskedLately:
    """The questions behind the answers of late, so that they can be asked once more with all they were about."""

    def __init__(self) -> None:
        self._wanted: OrderedDict[MessageId, Wanted] = OrderedDict()

    def keep(self, answer: MessageId, wanted: Wanted) -> None:
        """Remember what an answer was asked for."""
        self._wanted[answer] = wanted
        if len(self._wanted) > MOST_REMEMBERED:
            self._wanted.popitem(last=False)

    def find(self, answer: MessageId) -> Wanted | None:
        """What an answer was asked for; None after a restart, and of old ones."""
        return self._wanted.get(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Where it is asked; `branch` None is main."""

    slug: Slug
    branch: str | None
    repo: Repository
    title: str
    thread_id: ThreadId


def reach_in(text: str, asked: AskedReach, title: str = "") -> Reach:
    """The reach in the present text; raises Invalid (field `message`) when the passage is not there any more."""
    match asked:
        case None:
            return Reach.document(text)
        case Passage():
            span = passage_asked_about(text, asked.quote, asked.start, asked.end)
        case SectionOf():
            span = section_asked_about(text, asked.anchor, title=title)
        case Span():
            span = asked
    if not 0 <= span.start < span.end <= len(text):
        raise Invalid("The passage you asked about is no longer there.", field="message")
    return Reach(span, whole=False)


def check_quotes(quotes: Sequence[str]) -> tuple[str, ...]:
    """The quoted passages without empty ones; raises Invalid (field `message`) when they are too many or too long."""
    kept = tuple(quote.strip() for quote in quotes if quote.strip())
    if len(kept) > MOST_QUOTES or any(len(quote) > LONGEST_QUOTE for quote in kept):
        raise Invalid("Quote less of the text.", field="message")
    return kept


def with_quotes(request: str, quotes: Sequence[str]) -> str:
    """What the person's message shows: the passages they quoted, then what they asked."""
    return "\n\n".join([*(f"> {quote}".replace("\n", "\n> ") for quote in quotes), request])


async def question_of(work: Work, asking: Asking, wanted: Wanted, *, text: str, reach: Reach) -> Question:
    """Everything the model is told, the latest talk and changes of this branch with it."""
    cards = await _cards(work, asking)
    declined = [card for card in cards if card.state is ChangeState.DECLINED or card.id == wanted.again]
    waiting = [card for card in cards if card.state is ChangeState.PENDING and card.id != wanted.again]
    return Question(
        title=asking.title,
        text=text,
        reach=reach,
        request=wanted.request,
        quotes=wanted.quotes,
        thread=await _said(work, asking.thread_id),
        pending=tuple(_told(card, card.reason) for card in waiting[-TOLD_CHANGES:]),
        declined=tuple(_told(card, _why_not(card)) for card in declined[-TOLD_CHANGES:]),
        known_words=frozenset(await words.list_for_slug(work, slug=asking.slug)),
    )


async def _cards(work: Work, asking: Asking) -> list[ChangeRow]:
    if asking.branch is None:
        return await changes.list_buffer(work, slug=asking.slug)
    return await changes.list_for_branch(work, key=BranchKey(asking.repo, asking.branch))


def _told(card: ChangeRow, note: str) -> EarlierChange:
    return EarlierChange(card.original, card.proposed, note)


def _why_not(card: ChangeRow) -> str:
    return card.decline_reason or "" if card.state is ChangeState.DECLINED else ANOTHER_WORDING


async def _said(work: Work, thread_id: ThreadId) -> tuple[Said, ...]:
    rows = (await threads.messages(work, thread_ids=[thread_id]))[-TOLD_MESSAGES:]
    people = await users.find_many(work, user_ids=[row.author_user_id for row in rows if row.author_user_id])
    said: list[Said] = []
    for row in rows:
        author = people.get(row.author_user_id) if row.author_user_id is not None else None
        if row.kind is MessageKind.MODEL:
            said.append(Said(row.model_name or "Model", talk_of(row.body), by_model=True))
        elif author is not None:
            said.append(Said(author.display_name or author.gitea_login, row.body))
    return tuple(message for message in said if message.text)
