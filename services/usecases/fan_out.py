"""From an act to whom it concerns: reads the routing table, finds the people, writes their rows (§15.1).

Everything happens in the transaction of the act, set-wise: an RFC with thousands of watchers costs one statement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from services.domain.branch import Visibility
from services.domain.errors import NotFound
from services.domain.events import NotificationsChanged
from services.domain.identifiers import ChangeId, PullNumber, Repository, Slug, ThreadId, UserId
from services.domain.permissions import Standing
from services.domain.pull import PullState
from services.domain.routing import Audience, Category, Route, mentioned_logins, routes_of
from services.store.queries import (
    actions,
    branch_settings,
    catalog,
    changes,
    events,
    notifications,
    pulls,
    threads,
    users,
)
from services.store.queries.notifications import Crowd, Notice
from services.store.queries.threads import MessageRow, ThreadRow
from services.store.queries.watches import WatchLevel
from services.store.work import Work
from services.usecases.authority import authority_of
from services.usecases.known_branch import find_branch

LEVELS = {Audience.WATCHERS: WatchLevel.WATCHING, Audience.FOLLOWERS: WatchLevel.FOLLOWING}
INSTEAD_OF_ARBITERS: Final = Route(Audience.ADMINS, Category.ADMIN_ACTIONABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What is told, and the facts by which people are found: each audience looks at its own."""

    notice: Notice
    meta: Repository
    mail_after: timedelta
    branch: str | None = None
    thread: ThreadRow | None = None
    message: MessageRow | None = None
    change_id: ChangeId | None = None
    subject_id: UserId | None = None
    readers: frozenset[UserId] | None = field(default=None)
    """Who may read the branch, where that is not everybody."""


async def fan_out(work: Work, signal: Signal) -> int:
    """Write the rows and mails of one signal; how many people are told."""
    told = 0
    for line in routes_of(signal.notice.kind):
        crowd, route = await _reached(work, signal, line)
        told += await notifications.tell(
            work, signal.notice, crowd, category=route.category, reason=route.audience
        )
    if told:
        notice = signal.notice
        due = notice.created_at + signal.mail_after
        await notifications.queue_mail(work, signal=notice.signal, at=notice.created_at, due_at=due)
        await events.append(work, NotificationsChanged(notice.signal))
    return told


async def count_reached(work: Work, signal: Signal) -> int:
    """How many people the signal would be told to; nothing is written."""
    reached = [await _reached(work, signal, route) for route in routes_of(signal.notice.kind)]
    return await notifications.count_told(work, signal.notice, [crowd for crowd, _ in reached])


async def readers_of(work: Work, meta: Repository, *, slug: Slug, branch: str) -> frozenset[UserId] | None:
    """Who may read a private branch; None where everybody may (§6.4)."""
    settings = await branch_settings.list_for_slug(work, slug=slug)
    if not any(row.branch_name == branch and row.visibility is Visibility.PRIVATE for row in settings):
        return None
    try:
        known = await find_branch(work, meta, slug=slug, name=branch)
    except NotFound:
        return None
    if not known.standing.branch_private:
        return None
    standing = known.standing
    named = (*standing.owners, *standing.arbiters, *standing.branch_grants)
    creator = () if standing.branch_creator is None else (standing.branch_creator,)
    found = await users.names_of(work, logins=(*named, *creator))
    return frozenset({row.id for row in found.values()} | set(await users.list_admins(work)))


async def _reached(work: Work, signal: Signal, route: Route) -> tuple[Crowd, Route]:
    """Who a line of the table means here; arbiters there are none of are the admins, as admin-actionable."""
    if route.audience in LEVELS:
        level, slug = LEVELS[route.audience], signal.notice.rfc_slug
        return notifications.watchers(slug, level=level, only=signal.readers), route
    if route.audience is Audience.ADMINS:
        return notifications.admins(only=signal.readers), route
    found = await FINDERS[route.audience](work, signal)
    if route.audience is Audience.ARBITERS and not found:
        return notifications.admins(only=signal.readers), INSTEAD_OF_ARBITERS
    allowed = found if signal.readers is None else signal.readers & set(found)
    return notifications.these_people(allowed), route


async def _mentioned(work: Work, signal: Signal) -> Collection[UserId]:
    if signal.message is None:
        return ()
    found = await users.names_of(work, logins=mentioned_logins(signal.message.body))
    return {row.id for row in found.values()}


async def _opener(work: Work, signal: Signal) -> Collection[UserId]:
    """Whoever opened the idea or PR, or the branch's open PR: the record knows, else the cache's login (§6.5)."""
    if not _is_talk_of_its_people(signal.thread):
        return ()
    repo, number = await _pull_told_of(work, signal.notice)
    if repo is None or number is None:
        return ()
    recorded = await actions.opening_actor(work, repo=repo, pr_number=number)
    if recorded is not None:
        return (recorded,)
    pull = await pulls.find(work, repo=repo, number=number)
    found = {} if pull is None else await users.names_of(work, logins=[pull.opened_by])
    return {row.id for row in found.values()}


async def _pull_told_of(work: Work, notice: Notice) -> tuple[Repository | None, PullNumber | None]:
    slug, branch = notice.rfc_slug, notice.branch_name
    if notice.pr_number is not None or slug is None or branch is None:
        return notice.repo, notice.pr_number
    found = (await pulls.of_branches(work, branches={(slug, branch)})).get((slug, branch), ())
    return next(((row.repo, row.pr_number) for row in found if row.state is PullState.OPEN), (None, None))


async def _writers(work: Work, signal: Signal) -> Collection[UserId]:
    """Everybody who wrote in the thread. A whole chat has no replies: its messages are everyday activity."""
    if signal.thread is None or not _is_talk_of_its_people(signal.thread):
        return ()
    said = await threads.messages(work, thread_ids=[ThreadId(signal.thread.id)])
    begun = () if signal.thread.created_by is None else (signal.thread.created_by,)
    return {row.author_user_id for row in said if row.author_user_id is not None}.union(begun)


async def _branch_creator(work: Work, signal: Signal) -> Collection[UserId]:
    """Whoever cut the branch; of its chat only what is about a passage concerns them directly."""
    slug, branch = signal.notice.rfc_slug, signal.branch
    if slug is None or branch is None or (signal.thread is not None and signal.thread.anchor is None):
        return ()
    rows = await branch_settings.list_for_slug(work, slug=slug)
    return {row.created_by for row in rows if row.branch_name == branch and row.created_by is not None}


async def _card_owner(work: Work, signal: Signal) -> Collection[UserId]:
    card = None if signal.change_id is None else await changes.find(work, id=signal.change_id)
    return () if card is None or card.asked_by is None else (card.asked_by,)


async def _arbiters(work: Work, signal: Signal) -> Collection[UserId]:
    slug = signal.notice.rfc_slug
    entry = None if slug is None else await catalog.find(work, slug=slug)
    if entry is None:
        return ()
    standing: Standing = await authority_of(work, entry)
    found = await users.names_of(work, logins=standing.arbiters or standing.owners)
    return {row.id for row in found.values()}


def _is_talk_of_its_people(thread: ThreadRow | None) -> bool:
    """A thread about a passage, or the discussion of an idea or PR; not the chat of a text as a whole."""
    if thread is None:
        return True
    merged_idea = thread.rfc_slug is not None and thread.branch_name is None
    return thread.anchor is not None or (thread.pr_number is not None and not merged_idea)


async def _subject(work: Work, signal: Signal) -> Collection[UserId]:
    del work
    return () if signal.subject_id is None else (signal.subject_id,)


FINDERS: Final[Mapping[Audience, Callable[[Work, Signal], Awaitable[Collection[UserId]]]]] = {
    Audience.MENTIONED: _mentioned,
    Audience.OPENER: _opener,
    Audience.THREAD: _writers,
    Audience.BRANCH: _branch_creator,
    Audience.CARD: _card_owner,
    Audience.ARBITERS: _arbiters,
    Audience.SUBJECT: _subject,
}
