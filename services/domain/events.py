"""What happened, as past-tense values that hold ids and never content, and the topics they are told on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.domain.identifiers import (
    ChangeId,
    CommitSha,
    MessageId,
    OperationId,
    PullNumber,
    Repository,
    Slug,
    ThreadId,
    UserId,
)
from services.domain.topics import (
    admin_topic,
    branch_topic,
    catalog_topic,
    inbox_topic,
    proposal_topic,
    pull_topic,
    rfc_topic,
    user_topic,
)

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
"""Whatever a JSON column can hold."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Where it is told; each topic gets one row."""
        return ()

    @property
    def kind(self) -> str:
        """The name it is stored under."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class CatalogChanged(Event):
    """Rows of the catalog changed, came or went."""

    slugs: tuple[Slug, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        """The catalog's."""
        return (catalog_topic(),)


@dataclass(frozen=True, slots=True)
class IdeasChanged(Event):
    """Pending ideas came or went."""

    numbers: tuple[PullNumber, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        """The catalog's."""
        return (catalog_topic(),)


@dataclass(frozen=True, slots=True)
class PullChanged(Event):
    """A pull request's state, head or text changed."""

    repo: Repository
    number: PullNumber
    slug: Slug | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """Its own page's, as an idea or as a change of an entry, and the entry's."""
        if self.slug is None:
            return (proposal_topic(self.number),)
        return (proposal_topic(self.number), pull_topic(self.slug, self.number), rfc_topic(self.slug))


@dataclass(frozen=True, slots=True)
class WordingChosen(Event):
    """Somebody chose how sentences are to read where a pull request and main contradict each other."""

    slug: Slug
    number: PullNumber

    @property
    def topics(self) -> tuple[str, ...]:
        """The pull request's."""
        return (pull_topic(self.slug, self.number),)


@dataclass(frozen=True, slots=True)
class EntryChanged(Event):
    """An entry's front matter or text changed."""

    slug: Slug

    @property
    def topics(self) -> tuple[str, ...]:
        """The entry's."""
        return (rfc_topic(self.slug),)


@dataclass(frozen=True, slots=True)
class BranchCut(Event):
    """Somebody started contributing on a branch of an entry."""

    slug: Slug
    name: str

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's and the entry's."""
        return (branch_topic(self.slug, self.name), rfc_topic(self.slug))


@dataclass(frozen=True, slots=True)
class BranchChanged(Event):
    """A branch's head, state or settings changed."""

    slug: Slug
    name: str

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's and the entry's."""
        return (branch_topic(self.slug, self.name), rfc_topic(self.slug))


@dataclass(frozen=True, slots=True)
class MessagePosted(Event):
    """Somebody wrote in a thread of an entry (`slug`), of a branch of it, or of an idea (`number`)."""

    thread_id: ThreadId
    message_id: MessageId
    slug: Slug | None = None
    number: PullNumber | None = None
    branch: str | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """The pages that show the thread."""
        proposal = () if self.number is None else (proposal_topic(self.number),)
        if self.slug is not None and self.branch is not None:
            return (branch_topic(self.slug, self.branch), *proposal)
        return (*_rfc_topics(self.slug), *proposal)


@dataclass(frozen=True, slots=True)
class ThreadChanged(Event):
    """A thread about a passage of an entry's main, or of a branch of it, was begun, moved or decided."""

    thread_id: ThreadId
    slug: Slug
    branch: str | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """The page's that shows the passage."""
        return (rfc_topic(self.slug) if self.branch is None else branch_topic(self.slug, self.branch),)


@dataclass(frozen=True, slots=True)
class ChangeProposed(Event):
    """A change card came, or reads otherwise now: on a branch, or (`branch` None) in main's discuss buffer."""

    slug: Slug
    branch: str | None
    change_id: ChangeId

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's, or the entry's."""
        return _text_topics(self.slug, self.branch)


@dataclass(frozen=True, slots=True)
class ChangeBegun(Event):
    """Somebody is accepting a change card; what comes of it is told as its decision."""

    slug: Slug
    branch: str | None
    change_id: ChangeId

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's, or the entry's."""
        return _text_topics(self.slug, self.branch)


@dataclass(frozen=True, slots=True)
class ChangeDecided(Event):
    """A change card is in another state."""

    slug: Slug
    branch: str | None
    change_id: ChangeId

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's, or the entry's."""
        return _text_topics(self.slug, self.branch)


@dataclass(frozen=True, slots=True)
class _Answer:
    slug: Slug
    branch: str | None
    thread_id: ThreadId
    message_id: MessageId

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's, or the entry's."""
        return _text_topics(self.slug, self.branch)


class AnswerStarted(_Answer, Event):
    """A model began to answer in a thread."""

    __slots__ = ()


class AnswerEnded(_Answer, Event):
    """A model's answer is stored, whole or as far as it came."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TextFlushed(Event):
    """What was typed on a branch became a commit."""

    slug: Slug
    name: str
    commit_sha: CommitSha

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's."""
        return (branch_topic(self.slug, self.name),)


@dataclass(frozen=True, slots=True)
class TextTyped(Event):
    """A live text, or who is editing it, changed. Told in passing, never stored."""

    slug: Slug
    name: str

    @property
    def topics(self) -> tuple[str, ...]:
        """The branch's."""
        return (branch_topic(self.slug, self.name),)


@dataclass(frozen=True, slots=True)
class SagaMoved(Event):
    """A graduation of an entry began, came a step further or back, waits, or is over."""

    slug: Slug
    op_id: OperationId

    @property
    def topics(self) -> tuple[str, ...]:
        """The entry's and the admins'."""
        return (rfc_topic(self.slug), admin_topic())


@dataclass(frozen=True, slots=True)
class RoleChanged(Event):
    """A person's role changed."""

    user_id: UserId

    @property
    def topics(self) -> tuple[str, ...]:
        """The person's and the admins'."""
        return (user_topic(self.user_id), admin_topic())


@dataclass(frozen=True, slots=True)
class MuteChanged(Event):
    """A person was muted or may write again."""

    user_id: UserId

    @property
    def topics(self) -> tuple[str, ...]:
        """The person's and the admins'."""
        return (user_topic(self.user_id), admin_topic())


@dataclass(frozen=True, slots=True)
class SessionsEnded(Event):
    """Sessions of a person ended; `hashes` are those stored in `sessions`."""

    user_id: UserId
    hashes: tuple[str, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        """The person's."""
        return (user_topic(self.user_id),)


@dataclass(frozen=True, slots=True)
class NotificationsChanged(Event):
    """People were told something (`signal`), or one of them (`user_id`) has read or changed what they were told."""

    signal: str = ""
    user_id: UserId | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """Everybody's inbox: which of them it concerns is asked once for all that are open."""
        return (inbox_topic(),)


@dataclass(frozen=True, slots=True)
class SyncChanged(Event):
    """A repository's sync report has something new to say."""

    repo: Repository

    @property
    def topics(self) -> tuple[str, ...]:
        """The admins'."""
        return (admin_topic(),)


@dataclass(frozen=True, slots=True)
class RecordGrew(Event):
    """The audit log, the changes of rights or the outbox have something new to say."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The admins'."""
        return (admin_topic(),)


def _text_topics(slug: str, branch: str | None) -> tuple[str, ...]:
    return (rfc_topic(slug),) if branch is None else (branch_topic(slug, branch),)


def _rfc_topics(slug: str | None) -> tuple[str, ...]:
    return () if slug is None else (rfc_topic(slug),)


__all__ = [
    "AnswerEnded", "AnswerStarted", "BranchChanged", "BranchCut", "CatalogChanged", "ChangeBegun",
    "ChangeDecided", "ChangeProposed", "EntryChanged", "Event", "IdeasChanged", "JsonValue",
    "MessagePosted", "MuteChanged", "NotificationsChanged", "PullChanged", "RecordGrew", "RoleChanged",
    "SagaMoved", "SessionsEnded", "SyncChanged", "TextFlushed", "TextTyped", "ThreadChanged",
    "WordingChosen", "admin_topic", "branch_topic", "catalog_topic", "inbox_topic", "proposal_topic",
    "pull_topic", "rfc_topic", "user_topic",
]  # fmt: skip
