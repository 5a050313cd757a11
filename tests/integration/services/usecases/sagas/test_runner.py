"""A saga ends whole or not at all, however often it is refused or cut off (§13.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from services.domain.errors import GiteaConflict, GiteaUnreachable, ProductError, Upstream
from services.domain.identifiers import OperationId, Slug
from services.domain.saga import Course
from services.domain.trailers import new_operation_id
from services.store.queries import operations, sagas
from services.store.queries.operations import OperationState
from services.store.queries.sagas import SagaRow
from services.store.work import Work
from services.usecases.bot_writes import Intent
from services.usecases.context import Context
from services.usecases.sagas import runner
from services.usecases.sagas.runner import run_saga
from services.usecases.sagas.saga import PointPassed, Run, SagaKind, SagaStep
from tests.support.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Intent):
    """What the toy saga is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a step built."""

    name: str


@dataclass
class Site:
    """What stands outside the database, and what goes wrong there."""

    built: list[str] = field(default_factory=list)
    troubles: list[tuple[str, ProductError]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def act(self, name: str) -> None:
        for trouble in self.troubles:
            if trouble[0] == name:
                self.troubles.remove(trouble)
                raise trouble[1]


class Storey(SagaStep[Letter, Built]):
    """One storey of a house: built once, taken down once."""

    effect_type = Built

    def __init__(self, name: str, site: Site, *, last_way_back: bool = False) -> None:
        self.name: str = name  # type: ignore[misc]
        self.site = site
        self.last_way_back = last_way_back

    async def do(self, context: Context, run: Run[Letter]) -> Built:
        self.site.act(self.name)
        if self.name not in self.site.built:
            self.site.built.append(self.name)
        if self.name in self.site.lost:
            self.site.lost.remove(self.name)
            raise GiteaConflict("nobody heard of it")
        return Built(name=self.name)

    async def undo(self, context: Context, run: Run[Letter]) -> None:
        self.site.act(f"undo {self.name}")
        if self.last_way_back and self.name in self.site.built:
            raise PointPassed(Built(name=self.name))
        if self.name in self.site.built:
            self.site.built.remove(self.name)

    async def record(self, work: Work, context: Context, run: Run[Letter], effect: Built) -> None:
        self.site.told.append(effect.name)


class House(SagaKind[Letter]):
    """Three storeys; who has built the second goes on."""

    kind: ClassVar[str] = "house"
    intent_type = Letter
    point: ClassVar[int] = 2

    def __init__(self, site: Site) -> None:
        self.site = site
        self.steps = (  # type: ignore[misc]
            Storey("one", site),
            Storey("two", site, last_way_back=True),
            Storey("three", site),
        )

    async def record_complete(self, work: Work, context: Context, run: Run[Letter]) -> None:
        self.site.told.append("complete")

    async def record_turned(self, work: Work, context: Context, run: Run[Letter], reason: str) -> None:
        self.site.told.append("turned")

    async def record_undone(self, work: Work, context: Context, run: Run[Letter], reason: str) -> None:
        self.site.told.append("undone")

    async def record_stuck(self, work: Work, context: Context, run: Run[Letter], reason: str) -> None:
        self.site.told.append("stuck")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(runner, "FIRST_PAUSE", 0.0)
    return Site()


async def begun(world: World, house: House) -> OperationId:
    op_id = new_operation_id()
    async with world.store.write() as work:
        await operations.begin(
            work, id=op_id, kind=house.kind, actor_user_id=None, on_behalf_of="writer",
            intent={"display_name": "Writer"},
        )  # fmt: skip
        await sagas.begin(work, op_id=op_id, slug=Slug("house"), steps=[step.name for step in house.steps])
        assert await sagas.claim(work, op_id=op_id, name="entry house") is None
    return op_id


async def run(world: World, house: House, op_id: OperationId) -> SagaRow:
    await run_saga(world.context, house, op_id)
    async with world.store.read() as work:
        row = await sagas.find(work, op_id=op_id)
        assert row is not None
        held = await sagas.holder_of(work, name="entry house")
    assert (held is None) == (row.state in {OperationState.DONE, OperationState.FAILED})
    return row


async def test_every_step_is_done_and_told_once(world: World, site: Site) -> None:
    house = House(site)
    op_id = await begun(world, house)

    row = await run(world, house, op_id)
    await run(world, house, op_id)

    assert row.state is OperationState.DONE
    assert site.told == ["one", "two", "three", "complete"]


async def test_a_refusal_before_the_point_undoes_what_was_done(world: World, site: Site) -> None:
    house = House(site)
    site.troubles = [("two", GiteaConflict("The name is taken."))]

    row = await run(world, house, await begun(world, house))

    assert (row.state, row.reason, site.built) == (OperationState.FAILED, "The name is taken.", [])
    assert site.told == ["one", "turned", "undone"]


async def test_passing_trouble_is_tried_again(world: World, site: Site) -> None:
    house = House(site)
    site.troubles = [("one", Upstream("It failed.")), ("two", GiteaUnreachable("It is away."))]

    row = await run(world, house, await begun(world, house))

    assert (row.state, site.built) == (OperationState.DONE, ["one", "two", "three"])


async def test_trouble_that_does_not_pass_counts_as_a_refusal(world: World, site: Site) -> None:
    house = House(site)
    site.troubles = [("two", Upstream("It failed."))] * runner.TRIES

    row = await run(world, house, await begun(world, house))

    assert (row.state, site.built) == (OperationState.FAILED, [])


async def test_what_turns_out_to_have_happened_at_the_point_leads_forward(world: World, site: Site) -> None:
    house = House(site)
    site.lost = ["two"]

    row = await run(world, house, await begun(world, house))

    assert (row.state, row.course) == (OperationState.DONE, Course.FORWARD)
    assert site.told == ["one", "turned", "two", "three", "complete"]


@pytest.mark.parametrize(
    ("troubles", "course", "built"),
    [
        (["three"], Course.FORWARD, ["one", "two"]),
        (["two", "undo one"], Course.BACK, ["one"]),
    ],
)
async def test_what_can_go_neither_way_waits_for_a_person_who_has_it_go_on(
    world: World, site: Site, troubles: list[str], course: Course, built: list[str]
) -> None:
    house = House(site)
    site.troubles = [(name, GiteaConflict("No.")) for name in troubles]
    op_id = await begun(world, house)

    waiting = await run(world, house, op_id)
    stood = list(site.built)
    async with world.store.write() as work:
        assert await sagas.unpark(work, op_id=op_id)
    ended = await run(world, house, op_id)

    assert (waiting.state, waiting.course, stood) == (OperationState.PARKED, course, built)
    assert ended.state is (OperationState.DONE if course is Course.FORWARD else OperationState.FAILED)
