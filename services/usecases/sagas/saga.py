"""What a saga is made of: steps that can be done and undone as often as it takes, and what is written down (§13.5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import JsonValue, TypeAdapter

from services.domain.identifiers import Login, OperationId, UserId
from services.domain.trailers import Credit
from services.store.queries.sagas import SagaRow
from services.store.work import Work
from services.usecases.bot_writes import Intent
from services.usecases.context import Context

I = TypeVar("I", bound=Intent)  # noqa: E741
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Run(Generic[I]):
    """One saga under way, as its steps see it: for whom, what is meant, and what came of each step so far."""

    op_id: OperationId
    actor_id: UserId | None
    login: Login
    intent: I
    effects: Mapping[str, Mapping[str, JsonValue]]

    @property
    def credit(self) -> Credit:
        """For whom the bot acts."""
        return Credit(self.op_id, self.login, self.intent.display_name)


class PointPassed(Exception):
    """Undoing a step found that it happened after all, and that it can't be undone: only forward from here."""

    def __init__(self, effect: object) -> None:
        super().__init__("it happened")
        self.effect = effect


class SagaStep(ABC, Generic[I, E]):
    """One step. Doing and undoing may each run again after having got anywhere; both ask Gitea what is there."""

    name: ClassVar[str]
    effect_type: type[E]

    @abstractmethod
    async def do(self, context: Context, run: Run[I]) -> E:
        """Do it, or find that it is done; raises ProductError."""

    @abstractmethod
    async def undo(self, context: Context, run: Run[I]) -> None:
        """Take back whatever of it is there; raises ProductError, and PointPassed where it can't be."""

    @abstractmethod
    async def record(self, work: Work, context: Context, run: Run[I], effect: E) -> None:
        """Write down, in the transaction that says it is done, everything that follows from it."""

    async def record_undone(self, work: Work, context: Context, run: Run[I]) -> None:
        """Write down, in the transaction that says it is undone, that it is."""

    async def settle(self, context: Context, run: Run[I], effect: E | None) -> None:
        """Have the cache follow what was done (`effect`) or undone; may be missed, the sweep makes up for it."""

    def effect_in(self, run: Run[I]) -> E | None:
        """What came of this step, if it is done."""
        stored = run.effects.get(self.name)
        return None if stored is None else self.effect_of(stored)

    def effect_of(self, stored: Mapping[str, JsonValue]) -> E:
        """A stored effect of this step."""
        return TypeAdapter(self.effect_type).validate_python(dict(stored))

    def stored(self, effect: E) -> Mapping[str, JsonValue]:
        """An effect of this step as its row keeps it."""
        return cast("Mapping[str, JsonValue]", TypeAdapter(self.effect_type).dump_python(effect, mode="json"))


class SagaKind(ABC, Generic[I]):
    """One kind of saga: its steps in order, and the number of the one after which there is no way back."""

    kind: ClassVar[str]
    intent_type: type[I]
    steps: ClassVar[tuple[SagaStep[Any, Any], ...]]
    point: ClassVar[int]

    @abstractmethod
    async def record_complete(self, work: Work, context: Context, run: Run[I]) -> None:
        """Write down that all of it is done."""

    @abstractmethod
    async def record_turned(self, work: Work, context: Context, run: Run[I], reason: str) -> None:
        """Write down that it turned round, and why."""

    @abstractmethod
    async def record_undone(self, work: Work, context: Context, run: Run[I], reason: str) -> None:
        """Write down that nothing is left of it, and why."""

    @abstractmethod
    async def record_stuck(self, work: Work, context: Context, run: Run[I], reason: str) -> None:
        """Write down that it waits for a person, and why."""

    def stored_intent(self, intent: I) -> Mapping[str, JsonValue]:
        """What is meant, as the operation's row keeps it."""
        stored = TypeAdapter(self.intent_type).dump_python(intent, mode="json")
        return cast("Mapping[str, JsonValue]", stored)

    def run_of(self, row: SagaRow) -> Run[I]:
        """A stored saga as its steps see it."""
        intent = TypeAdapter(self.intent_type).validate_python(dict(row.intent))
        effects = {step.name: step.effect for step in row.steps if step.effect}
        return Run(row.op_id, row.actor_user_id, Login(row.on_behalf_of), intent, effects)
