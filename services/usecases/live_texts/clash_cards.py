"""Where typing and a commit made elsewhere changed one passage: both wordings stay in reach (§8.10).

The typed wording stands in the text. The other one becomes a change card that shows both side by side: declining it
keeps mine, accepting it takes theirs, and both can be kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.anchors import place
from services.domain.branch import BranchKey
from services.domain.change import ChangeKind
from services.domain.clash_card import ClashPassage, ClashSides, passage_of
from services.domain.events import ChangeProposed
from services.domain.identifiers import CommitSha, Slug, UserId
from services.domain.merge import Choice, Merged, Standing
from services.domain.prose_diff import Span
from services.store.queries import changes, events, live_texts
from services.store.queries.changes import NewChange
from services.store.work import Work
from services.usecases.live_texts.committers import Committer
from services.usecases.live_texts.passage_typists import typists_at
from services.usecases.system_lines import say_system_line

WHY = "This passage was changed here and on Gitea at the same time."


async def keep_clashes(
    work: Work,
    *,
    slug: Slug,
    key: BranchKey,
    commit_sha: CommitSha,
    merged: Merged,
    committers: Sequence[Committer | None],
    authors: Sequence[UserId] = (),
) -> None:
    """Write a card for each clash; where no passage is left to put it on, a line in the chat keeps the words.

    `authors` typed what no commit has, most first.
    """
    text = merged.text([Choice.MINE] * len(merged.clashes))
    updates = await live_texts.list_updates(work, key=key) if len(authors) > 1 and merged.clashes else ()
    for standing, committer in zip(merged.standing, committers, strict=True):
        span = Span(standing.start, standing.start + len(standing.clash.mine))
        typed_by = typists_at(text, span, updates, authors)
        passage = passage_of(text, standing)
        if passage is None:
            words = " ".join(standing.clash.theirs.split())
            said = f"There it read: “{words}”" if words else "There it was taken out."
            await say_system_line(work, slug=slug, branch=key.name, text=f"{WHY} {said}")
            continue
        card = _card(slug, key, text, commit_sha, standing, passage, committer, typed_by)
        await events.append(work, ChangeProposed(slug, key.name, await changes.insert(work, card)))


def _card(
    slug: Slug,
    key: BranchKey,
    text: str,
    commit_sha: CommitSha,
    standing: Standing,
    passage: ClashPassage,
    committer: Committer | None,
    typed_by: tuple[UserId, ...],
) -> NewChange:
    clash, span = standing.clash, passage.located.span
    return NewChange(
        rfc_slug=slug,
        repo=key.repo,
        branch_name=key.name,
        kind=ChangeKind.PERSON,
        asked_by=None if committer is None else committer.user_id,
        original=passage.located.original,
        proposed=passage.located.replacement,
        reason=WHY,
        anchor=place(text, span.start, span.end, commit_sha),
        clash=ClashSides(
            base=clash.base,
            mine=clash.mine,
            theirs=clash.theirs,
            both=passage.both,
            by="" if committer is None else committer.name,
            login="" if committer is None else committer.login,
            commit=None if committer is None else committer.commit,
            typed_by=typed_by,
        ),
    )
