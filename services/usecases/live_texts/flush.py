"""The flush (§8.9): what was typed becomes one commit, by everybody who typed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.branch import MAIN, BranchKey
from services.domain.clock import now
from services.domain.events import MessagePosted, TextFlushed
from services.domain.identifiers import CommitSha, Login, OperationId, Repository, Slug, UserId
from services.domain.line_ends import editor_text, file_text, shape_of
from services.domain.text_home import TextHome, file_with_body
from services.domain.trailers import CoAuthor, Credit
from services.gitea.outcomes import CommittedText
from services.store.queries import actions, events, operations, threads, users, watches
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.card_places import review_cards, text_in
from services.usecases.context import Context
from services.usecases.record import record_action
from services.usecases.system_lines import say_system_line
from services.usecases.texts import TextAt


class FlushReason(StrEnum):
    """Why the text is committed now."""

    IDLE = "nobody typed for a while"
    ASKED = "asked for"
    LEFT = "the last editor left"
    ACCEPT = "a change is being accepted"
    CLOSING = "the branch is being closed"
    CARRY = "its text is being carried to a new branch"
    TALK = "somebody commented on it"
    PULL = "a pull request is being opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushIntent(Intent):
    """The file as it is to be, what it was made from, and who typed."""

    slug: Slug
    repo: Repository
    path: str
    branch: str
    blob_sha: str
    content: str
    message: str
    co_authors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flushed:
    """The commit that holds the text now."""

    commit_sha: CommitSha
    blob_sha: str


class FlushWrite(BotWrite[FlushIntent, Flushed]):
    """Commit the live text of a branch."""

    kind: ClassVar[ActionKind] = ActionKind.FLUSH_TEXT
    patience: ClassVar[timedelta] = timedelta(minutes=10)
    intent_type = FlushIntent
    effect_type = Flushed

    async def act(self, context: Context, credit: Credit, intent: FlushIntent, *, again: bool) -> Flushed:
        """One commit; raises TextMoved when the branch holds another text by now."""
        done: CommittedText = await context.bot.commit_text(
            repo=intent.repo,
            branch=intent.branch,
            path=intent.path,
            content=intent.content.encode(),
            expected_blob=intent.blob_sha,
            message=intent.message,
            credit=credit,
            co_authors=[CoAuthor(Login(login), name) for login, name in intent.co_authors],
            again=again,
        )
        return Flushed(commit_sha=done.commit_sha, blob_sha=done.blob_sha)

    async def record(self, work: Work, context: Context, written: Written[FlushIntent, Flushed]) -> None:
        """The audit row and the event; the live text learns of its new base from whoever flushed it."""
        intent = written.intent
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.branch,
            details={"commit": written.effect.commit_sha},
        )
        await _let_watch(work, written)
        await _say(work, written)
        await events.append(work, TextFlushed(intent.slug, intent.branch, written.effect.commit_sha))
        home = TextHome(intent.repo, intent.path, MAIN, intent.slug)
        key = BranchKey(intent.repo, intent.branch)
        await review_cards(work, slug=intent.slug, key=key, text=text_in(home, intent.content))

    async def look(self, context: Context, intent: FlushIntent, effect: Flushed) -> None:
        """The branch's own repository, when there is time: nobody waits for the cache here."""
        context.refresher.hint(intent.repo)


FLUSH = FlushWrite()


async def _say(work: Work, written: Written[FlushIntent, Flushed]) -> None:
    """A line in the branch's chat; while nothing else is said there, the same people's next ones count on in it."""
    intent, sha = written.intent, f"`{written.effect.commit_sha[:7]}`"
    who = _names([intent.display_name, *(name for _, name in intent.co_authors)])
    chat = await threads.open(work, created_by=written.actor_id, slug=intent.slug, branch=intent.branch)
    last = await threads.last_message(work, thread_id=chat)
    if last is None or last.op_id is None or not await _is_by_the_same(work, last.op_id, written):
        text = f"{who} committed what was typed: {sha}."
        await say_system_line(work, slug=intent.slug, branch=intent.branch, text=text, op_id=written.op_id)
        return
    times = await actions.count_from(
        work, slug=intent.slug, branch=intent.branch, kind=FLUSH.kind, op_id=last.op_id
    )
    await threads.reword_line(
        work, id=last.id, body=f"{who} committed what was typed {times} times, last {sha}."
    )
    await events.append(work, MessagePosted(chat, last.id, slug=intent.slug, branch=intent.branch))


async def _is_by_the_same(work: Work, op_id: OperationId, written: Written[FlushIntent, Flushed]) -> bool:
    """Whether an operation was a flush of what the same people typed."""
    earlier = await operations.find(work, id=op_id)
    if earlier is None or earlier.kind != FLUSH.kind or earlier.actor_user_id != written.actor_id:
        return False
    return FLUSH.intent_of(earlier).co_authors == written.intent.co_authors


def _names(people: Sequence[str]) -> str:
    *most, last = people
    return f"{', '.join(most)} and {last}" if most else last


async def _let_watch(work: Work, written: Written[FlushIntent, Flushed]) -> None:
    """Typing is contributing: whoever does it watches, and goes on watching (§15.6)."""
    others = await users.names_of(work, logins=[login for login, _ in written.intent.co_authors])
    for user_id in filter(None, {written.actor_id, *(row.id for row in others.values())}):
        await watches.set_watching(work, user_id=user_id, slug=written.intent.slug, at=now())


@dataclass(frozen=True, slots=True)
class Typists:
    """Who typed, the one with most text first."""

    people: tuple[users.UserRow, ...]

    @property
    def main(self) -> users.UserRow:
        """The commit's author."""
        return self.people[0]

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """Login and name of everybody else."""
        return tuple((row.gitea_login, row.display_name or row.gitea_login) for row in self.people[1:])


async def typists_of(work: Work, authors: Mapping[UserId, int]) -> Typists | None:
    """The people behind the characters typed; None when nobody is known."""
    ranked = sorted(authors, key=lambda user_id: (-authors[user_id], user_id))
    known = await users.find_many(work, user_ids=ranked)
    people = tuple(known[user_id] for user_id in ranked if user_id in known)
    return Typists(people) if people else None


def new_file(head: TextAt, text: str) -> str:
    """The whole file with `text` for its body: line ends, byte-order mark and front matter as they were."""
    body = file_text(text, shape_of(head.text))
    return file_with_body(head.home, head.file_text, body)


def intent_of(
    key: BranchKey, home: TextHome, head: TextAt, text: str, typists: Typists, reason: FlushReason
) -> FlushIntent:
    """What a flush of `text` over `head` means."""
    return FlushIntent(
        display_name=typists.main.display_name or typists.main.gitea_login,
        slug=home.slug,
        repo=key.repo,
        path=home.path,
        branch=key.name,
        blob_sha=head.blob_sha,
        content=new_file(head, text),
        message=f"Edit {home.slug}\n\nTyped in the editor; committed because {_because(reason)}.",
        co_authors=typists.others,
    )


def _because(reason: FlushReason) -> str:
    return "it was asked for" if reason is FlushReason.ASKED else reason.value


def shown_text(head: TextAt) -> str:
    """The head's text as the editor shows it."""
    return editor_text(head.text)
