"""Where typing and a commit made elsewhere changed one passage: both wordings stay in reach (§8.10).

The typed wording stands in the text. The other one becomes a change card on it: accepting it takes theirs, declining
it keeps mine, and one's own wording can take both.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.anchors import place
from services.domain.branch import BranchKey
from services.domain.change import ChangeKind
from services.domain.change_protocol import Located, ProposedChange, Reach, locate
from services.domain.events import ChangeProposed
from services.domain.identifiers import CommitSha, Slug
from services.domain.merge import Clash
from services.store.queries import changes, events
from services.store.queries.changes import NewChange
from services.store.work import Work
from services.usecases.system_lines import say_system_line

WHY = "Committed on Gitea while this passage was being typed."


async def keep_clashes(
    work: Work, *, slug: Slug, key: BranchKey, text: str, commit_sha: CommitSha, clashes: Sequence[Clash]
) -> None:
    """Write a card for each clash; where no passage is left to put it on, a line in the chat keeps the words."""
    for clash in clashes:
        found = locate(ProposedChange(clash.mine, clash.theirs, WHY), text, Reach.document(text))
        if not isinstance(found, Located):
            words = " ".join(clash.theirs.split())
            await say_system_line(work, slug=slug, branch=key.name, text=f"{WHY} It read there: “{words}”")
            continue
        card = NewChange(
            rfc_slug=slug,
            repo=key.repo,
            branch_name=key.name,
            kind=ChangeKind.PERSON,
            asked_by=None,
            original=found.original,
            proposed=found.replacement,
            reason=WHY,
            anchor=place(text, found.span.start, found.span.end, commit_sha),
        )
        await events.append(work, ChangeProposed(slug, key.name, await changes.insert(work, card)))
