"""Graduation on an entry's page: its steps for everybody, and the dialog for those who may (§13.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from html import escape
from typing import Final

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt
from components.operations import operation_from
from components.people import people_html
from services.domain.identifiers import OperationId
from services.domain.saga import Course, StepState
from services.store.queries.operations import OperationState
from services.usecases.graduation import MERGING
from services.usecases.graduation_plan import Checked
from services.usecases.views.graduation import OfferView, RunView, StepView

UNCLEAR: Final = Refusal(
    "It is not clear whether the graduation began. Press “Graduate” again: it begins only once.", final=False
)
LABELS: Final = (
    "Create the repository",
    "Seed the text and the webhook",
    "Open the graduation PR",
    "Merge it",
    "Refresh and announce",
)
RUNNING: Final = (
    "You can close this window. If a step fails before the merge, everything is undone; "
    "after it, the rest is finished by itself."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the dialog's fields."""

    number: str
    repo: str
    owners: str
    operation: OperationId | None = None


@dataclass(frozen=True, slots=True)
class GraduationActs:
    """What the dialog asks its page for; each raises ProductError."""

    offer: Callable[[], Awaitable[OfferView]]
    check: Callable[[Typed], Awaitable[Checked]]
    start: Callable[[Typed], Awaitable[None]]


class GraduationDialog(Element, component="graduation.js"):
    """Nothing is seen of it while no graduation runs and nobody asks for one."""

    def __init__(self, acts: GraduationActs, *, title: str, org: str, run: RunView | None) -> None:
        super().__init__()
        self._acts = acts
        self._props.update(title=title, org=org, run=run_props(run))
        self.on("offer", self._offer)
        self.on("check", self._check)
        self.on("start", self._start)

    def first_paint(self) -> str:
        """Nothing: a page that is just being opened may wait a moment for it."""
        return ""

    def ask(self) -> None:
        """Open the dialog: with its fields, or with the steps of a graduation that runs."""
        self.run_method("ask")

    def show(self, *, title: str, run: RunView | None) -> None:
        """Show how far it is now."""
        props: dict[str, object] = {"title": title, "run": run_props(run)}
        if any(self._props[name] != value for name, value in props.items()):
            self._props.update(props)
            self.update()

    async def _offer(self) -> None:
        outcome = await attempt(self._acts.offer())
        if isinstance(outcome, Refusal):
            self.run_method("refuse", outcome.words, outcome.field, outcome.final)
        else:
            self.run_method("offered", _offer_props(outcome))

    async def _check(self, event: GenericEventArguments) -> None:
        outcome = await attempt(self._acts.check(_typed(event)))
        turn = int(event.args["turn"])
        self.run_method("checked", turn, None if isinstance(outcome, Refusal) else asdict(outcome))

    async def _start(self, event: GenericEventArguments) -> None:
        outcome: Refusal | None = UNCLEAR
        try:
            outcome = await attempt(self._acts.start(_typed(event)))
        finally:
            if outcome is None:
                self.run_method("started")
            else:
                self.run_method("refuse", outcome.words, outcome.field, outcome.final)


def run_props(run: RunView | None) -> dict[str, object] | None:
    """A graduation as the browser draws it."""
    if run is None:
        return None
    tone, note = _note(run)
    return {
        "op": run.op_id,
        "number": run.rfc_id,
        "name": run.repo.partition("/")[2],
        "owners": people_html(run.owners, nobody=""),
        "over": run.is_over,
        "failed": run.state is OperationState.FAILED,
        "headline": _headline(run),
        "tone": tone,
        "note": note,
        "steps": [_step_props(step, run) for step in run.steps],
    }


def _headline(run: RunView) -> str:
    match run.state:
        case OperationState.DONE:
            return f"Graduated as {run.rfc_id}"
        case OperationState.FAILED:
            return "Not graduated: everything was undone"
        case OperationState.PARKED:
            return f"Graduating as {run.rfc_id}: waits for an admin"
    verb = "Graduating" if run.course is Course.FORWARD else "Undoing the graduation"
    return f"{verb} as {run.rfc_id}, begun by {run.by.name}"


def _note(run: RunView) -> tuple[str, str]:
    reason = escape(run.reason or "")
    match run.state:
        case OperationState.DONE:
            return "ok", f"Its text lives in <code>{escape(run.repo)}</code> now."
        case OperationState.FAILED:
            return (
                "bad",
                f"{reason} Everything was undone, and nothing of it is left. It can be started again.",
            )
        case OperationState.PARKED:
            return (
                "bad",
                f'{_stuck(run)} An admin decides in the <a href="/admin/graduation">graduation queue</a>.',
            )
    if run.course is Course.BACK:
        return "bad", f"{reason} What was done is being undone."
    return "info", RUNNING


def _stuck(run: RunView) -> str:
    """What holds it up stands at its step already."""
    if run.obstacle is None:
        return escape(run.standstill)
    return escape(run.reason) if run.reason else "It can't go on by itself."


def _step_props(step: StepView, run: RunView) -> dict[str, object]:
    state = _state(step, run)
    return {
        "number": step.number,
        "label": LABELS[step.number - 1],
        "state": state,
        "spoken": {"done": "done", "run": "in progress", "fail": "failed", "wait": ""}[state],
        "detail": _detail(step, run),
        "time": f"{step.seconds:.1f} s" if step.state is StepState.DONE and step.seconds is not None else "",
    }


def _state(step: StepView, run: RunView) -> str:
    match step.state:
        case StepState.DONE:
            return "done"
        case StepState.DOING | StepState.UNDOING:
            return "fail" if run.state is OperationState.PARKED else "run"
    return "wait"


def _detail(step: StepView, run: RunView) -> str:
    if step.trouble:
        again = " Trying again." if run.state is OperationState.PENDING else ""
        return f"{escape(step.trouble)}{again}"
    match step.state:
        case StepState.UNDOING:
            return "Being undone."
        case StepState.UNDONE:
            return "Undone."
    return _what(step, run)


def _what(step: StepView, run: RunView) -> str:
    waiting = step.number == MERGING and step.state is StepState.DOING
    pull = f"#{run.pull} on" if run.pull else "On"
    return (
        escape(run.repo),
        "RFC.md, README.md, metadata and dossier in one commit",
        f"{pull} the meta repository",
        "Waiting for Gitea, at most 30 s" if waiting else "From then on there is no way back",
        "The catalog, this page and everybody who watches it",
    )[step.number - 1]


def _offer_props(offer: OfferView) -> dict[str, object]:
    return asdict(offer) | {
        "blocking": [asdict(link) for link in offer.blocking],
        "closing": [asdict(link) for link in offer.closing],
    }


def _typed(event: GenericEventArguments) -> Typed:
    number, repo, owners = (str(event.args[name])[:2000] for name in ("number", "repo", "owners"))
    return Typed(
        number=number, repo=repo, owners=owners, operation=operation_from(str(event.args.get("op", "")))
    )
