"""What the record knows of how an entry came to be, for its dossier (§13.6). Nothing of private branches is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from services.domain.audit import ActionKind
from services.domain.graduation_files import Contributor, Dossier
from services.domain.identifiers import Repository, UserId
from services.domain.pull import PullKind, PullState
from services.store.queries import actions, pulls, threads, users
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.queries.threads import MessageKind, ThreadState
from services.store.queries.users import UserRow
from services.store.work import Work

_WRITTEN = (ActionKind.FLUSH_TEXT, ActionKind.ACCEPT_CHANGE)


async def dossier_of(work: Work, meta: Repository, entry: RfcRow, *, app_url: str) -> Dossier:
    """An entry's dossier as of now."""
    pulled = [row for row in await pulls.list_for_slug(work, slug=entry.slug) if row.repo == meta]
    idea = next((row for row in pulled if row.pr_kind is PullKind.IDEA), None)
    merged = [row for row in pulled if row.state is PullState.MERGED and row.pr_kind is not PullKind.IDEA]
    logins = {entry.proposed_by, *(row.opened_by for row in merged)}
    names = await users.names_of(work, logins=[login for login in logins if login])
    return Dossier(
        proposer=_called(names, entry.proposed_by) or "somebody the record does not know",
        idea_url=f"{app_url}/proposal/{idea.pr_number}" if idea else None,
        outcome=await _outcome(work, meta, entry, idea, merged),
        contributors=await _contributors(work, entry, merged, names),
        pulls=tuple((row.title, f"{app_url}/rfc/{entry.slug}/meta/{row.pr_number}") for row in merged),
    )


async def _outcome(
    work: Work, meta: Repository, entry: RfcRow, idea: PullRow | None, merged: Sequence[PullRow]
) -> tuple[str, ...]:
    return (
        *await _idea_outcome(work, meta, idea),
        *(f"#{row.pr_number} “{row.title}” was merged{_into(row)}." for row in reversed(merged)),
        await _talk_outcome(work, entry),
    )


def _into(row: PullRow) -> str:
    """A claim or a change of the front matter leaves the text as it is."""
    return " into the text" if row.pr_kind is PullKind.META_BODY_EDIT else ""


async def _idea_outcome(work: Work, meta: Repository, idea: PullRow | None) -> list[str]:
    if idea is None or idea.merged_at is None:
        return []
    merge = await actions.find_for_pull(work, repo=meta, pr_number=idea.pr_number, kind=ActionKind.MERGE_IDEA)
    by = f" by {merge.on_behalf_of}" if merge else ""
    return [f"The idea was merged{by} on {idea.merged_at.date().isoformat()} and became a super-draft."]


async def _talk_outcome(work: Work, entry: RfcRow) -> str:
    rows = await threads.list_on_main(work, slug=entry.slug)
    spoken = await threads.messages(work, thread_ids=[row.id for row in rows])
    said = [row for row in spoken if row.kind is MessageKind.PERSON]
    speakers = {row.author_user_id for row in said}
    about = [row for row in rows if row.anchor is not None]
    settled = sum(row.state is ThreadState.RESOLVED for row in about)
    return (
        f"{_counted(len(said), 'message')} by {_counted(len(speakers), 'person', 'people')}; "
        f"{_counted(len(about), 'thread')} about passages, {settled} of them resolved."
    )


async def _contributors(
    work: Work, entry: RfcRow, merged: Sequence[PullRow], names: dict[str, UserRow]
) -> tuple[Contributor, ...]:
    """Whose words are in the text or in the public discussion, whoever did most first."""
    parts: dict[str, list[str]] = {}
    if entry.proposed_by:
        parts.setdefault(entry.proposed_by, []).append("proposed it")
    opened = Counter(row.opened_by for row in merged if row.opened_by)
    for login, count in opened.most_common():
        parts.setdefault(login, []).append(_counted(count, "pull request"))
    for row in await actions.tally(
        work, slug=entry.slug, branches=[pull.head_branch for pull in merged], kinds=_WRITTEN
    ):
        parts.setdefault(row.login, []).append(_counted(row.count, "commit"))
    spoken = await threads.messages(
        work, thread_ids=[row.id for row in await threads.list_on_main(work, slug=entry.slug)]
    )
    wrote = Counter(row.author_user_id for row in spoken if row.author_user_id)
    speakers = await users.find_many(work, user_ids=_ids(wrote))
    for user_id, count in wrote.most_common():
        if user_id in speakers:
            parts.setdefault(speakers[user_id].gitea_login, []).append(_counted(count, "message"))
    known = names | {row.gitea_login: row for row in speakers.values()}
    return tuple(
        Contributor(name=_called(known, login) or login, login=login, parts=tuple(did))
        for login, did in parts.items()
    )


def _ids(counted: Iterable[UserId | None]) -> list[UserId]:
    return [user_id for user_id in counted if user_id is not None]


def _called(names: dict[str, UserRow], login: str) -> str:
    row = names.get(login)
    return row.display_name or login if row else login


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
