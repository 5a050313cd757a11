"""What the steps of a graduation say, going forward, back, and nowhere (§13.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from components.graduation import run_props
from services.domain.identifiers import OperationId, PullNumber
from services.domain.saga import Course, StepState
from services.store.queries.operations import OperationState
from services.usecases.views.graduation import RunView, StepView
from services.usecases.views.parts import PersonView

ANA = PersonView(login="ana", name="Ana <Ruiz>")
NAMES = ("create_repository", "seed_repository", "open_pull", "merge_pull", "announce")


def run(*states: StepState, trouble: str | None = None, **more: Any) -> RunView:
    """A graduation whose steps stand like this; the one that it stands at has the trouble."""
    begun = next((number for number, state in enumerate(states) if state in (DOING, UNDOING)), 0)
    steps = tuple(
        StepView(
            number=number + 1,
            name=NAMES[number],
            state=state,
            seconds=0.42,
            trouble=trouble if number == begun else None,
        )
        for number, state in enumerate(states)
    )
    values: dict[str, Any] = {
        "op_id": OperationId("a" * 32), "by": ANA, "began_at": datetime(2026, 5, 1, tzinfo=UTC), "rfc_id": "RFC-0046",
        "repo": "ohm/rfc-0046-memory", "owners": (ANA,), "course": Course.FORWARD, "state": OperationState.PENDING,
        "reason": None, "pull": PullNumber(58), "steps": steps, "may_undo": True,
    }  # fmt: skip
    return RunView(**(values | more))


def shown(view: RunView) -> dict[str, Any]:
    props = run_props(view)
    assert props is not None
    return cast("dict[str, Any]", props)


DONE, DOING, WAITING, UNDOING, UNDONE = (
    StepState.DONE,
    StepState.DOING,
    StepState.WAITING,
    StepState.UNDOING,
    StepState.UNDONE,
)


def test_a_running_one_says_who_began_it_and_how_long_each_step_took() -> None:
    props = shown(run(DONE, DONE, DONE, DOING, WAITING))

    assert [step["state"] for step in props["steps"]] == ["done", "done", "done", "run", "wait"]
    assert [step["time"] for step in props["steps"]] == ["0.4 s", "0.4 s", "0.4 s", "", ""]
    assert props["steps"][2]["detail"] == "#58 on the meta repository"
    assert (props["headline"], props["over"]) == ("Graduating as RFC-0046, begun by Ana <Ruiz>", False)
    assert "Ana &lt;Ruiz&gt;" in props["owners"]


@pytest.mark.parametrize(
    ("view", "tone", "words", "states"),
    [
        (
            run(DOING, WAITING, WAITING, WAITING, WAITING, trouble="Gitea <can't> be reached."),
            "info", "You can close this window.", ["run", "wait", "wait", "wait", "wait"],
        ),
        (
            run(DONE, UNDOING, UNDONE, WAITING, WAITING, course=Course.BACK, reason="A <name> is taken."),
            "bad", "A &lt;name&gt; is taken. What was done is being undone.", ["done", "run", "wait", "wait", "wait"],
        ),
        (
            run(UNDONE, UNDONE, WAITING, WAITING, WAITING, course=Course.BACK, reason="No.", state=OperationState.FAILED),
            "bad", "No. Everything was undone, and nothing of it is left.", ["wait"] * 5,
        ),
        (
            run(DONE, DONE, DONE, DONE, DOING, trouble="Refused.", state=OperationState.PARKED),
            "bad", "It can't go on by itself. An admin decides", ["done", "done", "done", "done", "fail"],
        ),
        (
            run(UNDOING, UNDONE, UNDONE, WAITING, WAITING, course=Course.BACK, reason="#2 was opened.", trouble="Kept.", state=OperationState.PARKED),
            "bad", "#2 was opened. An admin decides", ["fail", "wait", "wait", "wait", "wait"],
        ),
        (
            run(DONE, DOING, WAITING, WAITING, WAITING, state=OperationState.PARKED),
            "bad", "It was under way when a backup was restored. An admin decides", ["done", "fail", "wait", "wait", "wait"],
        ),
        (run(DONE, DONE, DONE, DONE, DONE, state=OperationState.DONE), "ok", "Its text lives in", ["done"] * 5),
    ],
    ids=["troubled", "turned", "undone", "stuck", "kept", "restored", "done"],
)  # fmt: skip
def test_however_it_stands_the_note_says_what_is_to_be_done(
    view: RunView, tone: str, words: str, states: list[str]
) -> None:
    props = shown(view)

    assert (props["tone"], props["note"].startswith(words)) == (tone, True)
    assert [step["state"] for step in props["steps"]] == states


@pytest.mark.parametrize(
    ("state", "words"),
    [(OperationState.PENDING, "Refused. Trying again."), (OperationState.PARKED, "Refused.")],
)
def test_only_what_runs_is_tried_again(state: OperationState, words: str) -> None:
    props = shown(run(DONE, DOING, WAITING, WAITING, WAITING, trouble="Refused.", state=state))

    assert props["steps"][1]["detail"] == words
