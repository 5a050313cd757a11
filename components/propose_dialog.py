"""The dialog in which an RFC is proposed (§9.1). It opens on the browser's event `rfc:propose`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.document import body_html, rendered
from components.notice import run_in_page
from components.notices import Refusal, attempt
from components.operations import operation_from
from components.word_diff import words_html
from services.domain.actors import Actor, Viewer
from services.domain.audit import ActionKind
from services.domain.identifiers import OperationId, Slug
from services.domain.proposal import MAX_PITCH, check_proposal
from services.domain.rendering.links import LinkBase
from services.domain.slug import entry_path, slug_from_title
from services.usecases.context import Context
from services.usecases.help_propose import helper, sharpen_pitch, suggest_tags
from services.usecases.propose import OpenedIdea, propose, slug_problem
from services.usecases.views.changes import word_pieces
from services.usecases.views.notified import will_notify

UNCLEAR = Refusal(
    "It is not clear whether the idea was opened. What you typed is still here; send it again, it is opened only once.",
    final=False,
)


Help = list[str] | dict[str, str] | None
NOTHING = {"tags": "The model has no tags to add.", "pitch": "The model would leave it as it is."}

FindViewer = Callable[[], Awaitable[Viewer]]
"""Reads who is at the page now: a session can end while it is open."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, as it was typed."""

    title: str
    slug: str
    pitch: str
    tags: str
    operation: OperationId | None


class ProposeDialog(Element, component="propose_dialog.js"):
    """Closed until it is asked for; what is typed is kept for this person in this browser tab."""

    def __init__(self, context: Context, actor: Actor, find_viewer: FindViewer) -> None:
        super().__init__()
        self._context = context
        self._find_viewer = find_viewer
        self._props.update(keep=f"rfc-propose-{actor.login}", longest={"pitch": MAX_PITCH})
        if (model := helper(context)) is not None:
            sign = {"symbol": model.sign.symbol, "family": model.sign.family}
            self._props.update(helper=model.name, sign=sign)
        self._actor = actor
        self.on("count", self._count)
        self.on("check", self._check)
        self.on("preview", self._preview)
        self.on("propose", self._propose)
        self.on("help", self._help)

    async def _count(self, _: GenericEventArguments) -> None:
        kind = ActionKind.PROPOSE_IDEA
        self.run_method("counted", await will_notify(self._context, viewer=self._actor, kind=kind))

    async def _check(self, event: GenericEventArguments) -> None:
        written = event.args["slug"]
        slug = slug_from_title(str(event.args["title"])[:1000]) if written is None else str(written)[:1000]
        problem = await slug_problem(self._context, slug=slug) if slug else None
        self.run_method("checked", int(event.args["turn"]), slug, problem)

    async def _preview(self, event: GenericEventArguments) -> None:
        here = self._context
        base = LinkBase(
            app_url=here.app_url, gitea_url=here.gitea_url, repo=here.meta, path=entry_path(Slug("new"))
        )
        self.run_method("previewed", body_html(await rendered(str(event.args), base=base)))

    async def _help(self, event: GenericEventArguments) -> None:
        what, turn = str(event.args["what"]), int(event.args["turn"])
        if what not in NOTHING:
            return
        outcome: Help | Refusal = Refusal("No answer came. Ask again.", final=False)
        try:
            outcome = await attempt(self._helped(what, event))
        finally:
            if isinstance(outcome, Refusal):
                self.run_method("helped", what, turn, None, outcome.words)
            else:
                self.run_method(
                    "helped", what, turn, outcome or None, "" if outcome else NOTHING[what], not outcome
                )

    async def _helped(self, what: str, event: GenericEventArguments) -> Help:
        """Tags, or a pitch and how it differs; nothing where the model has nothing to suggest."""
        title, pitch = str(event.args["title"]), str(event.args["pitch"])
        actor = await self._find_viewer()
        if what == "tags":
            tags = str(event.args["tags"])
            return list(await suggest_tags(self._context, actor=actor, title=title, pitch=pitch, tags=tags))
        text = await sharpen_pitch(self._context, actor=actor, title=title, pitch=pitch)
        if text is None:
            return None
        pieces = await asyncio.to_thread(word_pieces, pitch, text)
        return {"text": text, "html": words_html(pieces)}

    async def _propose(self, event: GenericEventArguments) -> None:
        outcome: OpenedIdea | Refusal = UNCLEAR
        try:
            outcome = await attempt(self._open(_form(event)))
        finally:
            if isinstance(outcome, Refusal):
                self.run_method("refuse", outcome.words, outcome.field, outcome.final)
            else:
                self.run_method("proposed", f"/proposal/{outcome.number}")

    async def _open(self, form: Form) -> OpenedIdea:
        proposal = check_proposal(title=form.title, slug=form.slug, pitch=form.pitch, tags_text=form.tags)
        actor = await self._find_viewer()
        return await propose(self._context, actor=actor, proposal=proposal, op_id=form.operation)


def propose_dialog(context: Context, actor: Actor, find_viewer: FindViewer) -> None:
    """Put the closed dialog on the page being built."""
    ProposeDialog(context, actor, find_viewer)


def propose_again(*, title: str, slug: str, pitch: str, tags: Iterable[str]) -> None:
    """Open the dialog of the page that asked with the words of an earlier idea; what else is typed there stays."""
    words = {"title": title, "slug": slug, "pitch": pitch.strip(), "tags": ", ".join(tags)}
    detail = json.dumps({"words": words})
    run_in_page(
        f'document.dispatchEvent(new CustomEvent("rfc:propose", {{ cancelable: true, detail: {detail} }}))'
    )


def _form(event: GenericEventArguments) -> Form:
    given = {name: str(event.args[name]) for name in ("title", "slug", "pitch", "tags", "op")}
    return Form(given["title"], given["slug"], given["pitch"], given["tags"], operation_from(given["op"]))
