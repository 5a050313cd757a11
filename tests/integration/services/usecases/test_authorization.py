"""Every use-case in which somebody acts turns strangers and muted people away (§6.4), whatever its page shows."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.domain.actors import Actor, Role
from services.domain.branch import Visibility
from services.domain.clash_card import ClashSides
from services.domain.errors import Muted, NotSignedIn, ProductError
from services.domain.identifiers import MessageId
from services.domain.permissions import EditAccess, MetadataField
from services.domain.prose_diff import Span
from services.store.queries import threads
from services.store.queries.threads import AnswerState, MessageKind
from services.usecases.annotate import comment, flag
from services.usecases.change_metadata import change_metadata
from services.usecases.rights import set_muted
from tests.support.annotating import selection
from tests.support.authorization import ENFORCED, OWN, READ, SIGNED_IN, use_cases
from tests.support.branches import HUMAN
from tests.support.cards import Desk, desk
from tests.support.factories import proposal
from tests.support.graduations import draft, graduate, plan
from tests.support.pulls import commit_on, open_on
from tests.support.world import World

EXEMPT = {name for name, rules in ENFORCED.items() if rules in {(OWN,), (READ,), (SIGNED_IN,)}}
"""Reading what everybody may read, notes to oneself and one's own settings: none is what a mute is about."""
RESOLVING = {
    f"resolve_pull.{act}" for act in ("choose_wording", "ask_wording", "take_wordings", "open_resolved")
}
"""They need a conflict being resolved, which is not here; `start_resolving` asks the same rule on the same way."""


@dataclass(frozen=True)
class Scene:
    """What there is to act on: values for the use-cases' parameters, and those that differ from one to another."""

    values: Mapping[str, object]
    special: Mapping[str, Mapping[str, object]]

    def arguments(self, name: str, actor: Actor | None) -> dict[str, object]:
        """A complete call of one use-case."""
        known = {
            **self.values,
            **self.special.get(name.split(".", maxsplit=1)[0], {}),
            **self.special.get(name, {}),
        }
        wanted = inspect.signature(use_cases()[name]).parameters
        return {one: known[one] for one in wanted if one in known} | {"actor": actor}


async def scene(world: World, folder: Path) -> Scene:
    """A super-draft with a branch, a card, threads, an answer, an idea, a body PR, a metadata PR and a graduation."""
    table = await desk(world)
    where = {"slug": HUMAN, "branch": table.name, "selection": selection("It speaks.")}
    thread = await comment(world.context, actor=world.writer, text="Is it so?", **where)  # type: ignore[arg-type]
    flagged = await flag(world.context, actor=world.writer, label="Unclear", **where)  # type: ignore[arg-type]
    idea = await world.propose()
    await commit_on(world, table.name, "# Human\n\nA human is a being. It talks.\n\nIt also listens.\n")
    await world.context.refresher.nudge(world.meta)
    changed = await change_metadata(
        world.context, actor=world.writer, slug=HUMAN, wanted={MetadataField.TITLE: ("Being",)}, seen={}
    )
    two = await table.card("A human is a being. It speaks.", "One human is a being. It talks.")
    sides = ClashSides(base="It was.", mine="It speaks.", theirs="It sings.", both="It speaks. It sings.")
    clash = await table.card("It speaks.", "It sings.", clash=sides)
    pull = await open_on(world, table.name)
    values = {
        "slug": HUMAN, "number": pull, "name": table.name, "branch": table.name, "text": "Words.", "selection": where["selection"],
        "label": "Unclear", "thread_id": thread, "message_id": await _answer(table), "seen": "", "quotes": (),
        "model_key": "copy-editor", "reach": None, "change_id": await table.card("It speaks.", "It talks."),
        "set_id": (await table.set_of(("It also listens.", "It listens.")))[0], "sentences": (0,), "reason": "",
        "login": "reader", "pinned": True, "visibility": Visibility.PUBLIC, "edit_access": EditAccess.ANYONE,
        "comment": "No.", "title": "Say it", "description": "Because.", "plan": plan("human", "2"), "clash": 0,
        "wording": "mine", "subject_id": world.reader.id, "role": Role.ADMIN, "muted": True, "span": Span(9, 14),
        "pitch": "A who.", "tags": "", "proposed": "The human", "word": "Gnosis", "folder": folder, "proposal": proposal(slug="quiet"),
    }  # fmt: skip
    metadata = {"number": changed.number}
    decided = {"op_id": (await graduate(world, await draft(world))).op_id}
    special: dict[str, dict[str, object]] = {
        "decide_idea": {"number": idea.number},
        "converse.post_to_idea": {"number": idea.number},
        "converse.post_to_meta_pull": metadata,
        "decide_metadata": metadata,
        "resolve_metadata": {**metadata, "choices": {}, "seen": {}},
        "change_metadata": {"wanted": {MetadataField.TITLE: ("Self",)}, "seen": {}},
        "admin_sync.resume_write": decided,
        "admin_sync.drop_write": decided,
        "graduate.resume_graduation": decided,
        "graduate.undo_graduation": decided,
        "decide_change.accept_part": {"change_id": two, "sentences": (1,)},
        "decide_change.keep_both": {"change_id": clash},
        "annotate.discuss_flag": {"thread_id": flagged},
    }
    return Scene(values, special)


async def _answer(table: Desk) -> MessageId:
    """What a model is answering right now to a question on the branch."""
    async with table.world.store.write() as work:
        thread = await threads.open(work, created_by=None, slug=HUMAN, branch=table.name)
        asker = table.world.reader.id
        await threads.append_message(work, thread_id=thread, author_user_id=asker, body="Is it so?")
        answer = await threads.append_message(
            work,
            thread_id=thread,
            author_user_id=None,
            body="Yes.",
            kind=MessageKind.MODEL,
            state=AnswerState.COMPLETE,
        )
    return answer.id


async def refusals(world: World, there: Scene, actor: Actor | None) -> dict[str, str]:
    """How each use-case answers somebody: the kind of refusal, or that it did as asked."""
    answers: dict[str, str] = {}
    for name in sorted(set(ENFORCED) - EXEMPT - RESOLVING):
        try:
            await use_cases()[name](world.context, **there.arguments(name, actor))  # type: ignore[misc]
            answers[name] = "done"
        except ProductError as error:
            answers[name] = f"{type(error).__name__}: {error.message}"
    return answers


async def test_strangers_and_muted_people_are_turned_away_by_every_use_case(
    world: World, tmp_path: Path
) -> None:
    there = await scene(world, tmp_path)
    await set_muted(world.context, actor=world.owner, subject_id=world.moderator.id, muted=True)
    before = await world.rows("actions"), await world.rows("operations")

    strangers = await refusals(world, there, None)
    muted = await refusals(world, there, world.moderator)

    assert {name: said for name, said in strangers.items() if not said.startswith(NotSignedIn.__name__)} == {}
    refused = {name: said for name, said in muted.items() if not said.startswith(Muted.__name__)}
    assert refused == {"rights.end_sessions": "Forbidden: Only the person or admins can sign reader out."}
    assert (await world.rows("actions"), await world.rows("operations")) == before
