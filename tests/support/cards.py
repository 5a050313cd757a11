"""Change cards for tests that act in a world, and what became of them on Gitea."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from services.domain.anchors import place
from services.domain.branch import BranchKey
from services.domain.identifiers import ChangeId, CommitSha, Slug
from services.domain.permissions import EditAccess
from services.domain.shared_text import ChangeSet, to_units
from services.store.queries import branch_settings, changes, threads
from services.store.queries.changes import ChangeRow, NewChange
from services.store.queries.threads import AnswerState, MessageKind
from services.usecases.branch_access import set_edit_access
from services.usecases.live_texts.registry import Window
from services.usecases.live_texts.requests import answer
from tests.support.branches import HUMAN, branch_of, super_draft
from tests.support.world import World

BODY = "# Human\n\nA human is a being. It speaks.\n\nIt also listens.\n"


@dataclass
class Desk:
    """A branch of a super-draft that anyone may edit, and what one does there."""

    world: World
    name: str
    slug: Slug = HUMAN

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.world.meta, self.name)

    async def card(
        self, original: str, proposed: str, reason: str = "It is clearer.", **more: object
    ) -> ChangeId:
        """A pending card that the writer asked Claude for."""
        text = self.file().split("---\n", 2)[-1].replace("\r\n", "\n")
        start = text.find(original)
        anchor = place(text, start, start + len(original), CommitSha("0" * 40)) if start >= 0 else None
        values: dict[str, object] = {
            "rfc_slug": self.slug,
            "repo": self.world.meta,
            "branch_name": self.name,
            "model_key": "claude",
            "model_name": "Claude",
            "asked_by": self.world.writer.id,
            "original": original,
            "proposed": proposed,
            "reason": reason,
            "anchor": anchor,
        }
        async with self.world.store.write() as work:
            return await changes.insert(work, NewChange(**(values | more)))  # type: ignore[arg-type]

    async def set_of(self, *pairs: tuple[str, str]) -> tuple[int, list[ChangeId]]:
        """Several cards of one answer; its message and theirs."""
        async with self.world.store.write() as work:
            thread = await threads.open(work, created_by=None, slug=self.slug, branch=self.name)
            message = await threads.append_message(
                work,
                thread_id=thread,
                author_user_id=None,
                body="",
                kind=MessageKind.MODEL,
                state=AnswerState.COMPLETE,
            )
        more = {"message_id": message.id, "thread_id": thread}
        return message.id, [await self.card(original, proposed, **more) for original, proposed in pairs]

    async def find(self, change_id: ChangeId) -> ChangeRow:
        """A card as it is stored."""
        async with self.world.store.read() as work:
            row = await changes.find(work, id=change_id)
        assert row is not None
        return row

    async def states(self) -> list[str]:
        """How the branch's cards stand, in the order they came."""
        async with self.world.store.read() as work:
            return [row.state.value for row in await changes.list_for_branch(work, key=self.key)]

    def file(self) -> str:
        """The file on the branch, as Gitea has it."""
        found = self.world.api("GET", f"contents/rfcs/{self.slug}.md", params={"ref": self.name})
        return base64.b64decode(found["content"]).decode()

    def commits(self) -> list[str]:
        """The messages of the branch's commits beyond main, oldest first."""
        listed = self.world.api("GET", "commits", params={"sha": self.name, "limit": 50})
        main = {one["sha"] for one in self.world.api("GET", "commits", params={"sha": "main", "limit": 50})}
        return [one["commit"]["message"] for one in reversed(listed) if one["sha"] not in main]

    def head(self) -> dict[str, dict[str, str]]:
        """The last commit: its author, committer and message."""
        commit: dict[str, dict[str, str]] = self.world.api("GET", f"git/commits/{self.name}")["commit"]
        return commit

    async def window(self, login: str = "writer") -> Window:
        """An editor window of somebody."""
        opened = await self.world.context.live_texts.join(
            self.world.context, actor=self.world.people[login], slug=self.slug, name=self.name
        )
        opened.session.send = lambda message: None
        return opened


async def desk(world: World, body: str = BODY, *, access: EditAccess = EditAccess.ANYONE) -> Desk:
    """The writer's branch of the super-draft `human`."""
    await super_draft(world, body=body)
    made = Desk(world, await branch_of(world))
    await set_edit_access(world.context, actor=world.writer, slug=HUMAN, name=made.name, edit_access=access)
    async with world.store.read() as work:
        assert await branch_settings.find(work, key=made.key) is not None
    return made


async def type_over(window: Window, passage: str, words: str) -> None:
    """Type over a passage of a live text, or (empty passage) at its beginning."""
    text = window.text.text
    start = text.index(passage)
    units = len(to_units(text)), len(to_units(text[:start])), len(to_units(text[: start + len(passage)]))
    change = ChangeSet.replace(*units, words)
    message = {"type": "push", "version": window.text.shared.version, "updates": [change.to_json()]}
    assert "version" in await answer(window.text, window.session, message)
