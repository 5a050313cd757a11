"""Keeping an open page true: which happenings become one refresh, and how soon."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import nullcontext

import pytest

from pages import live
from pages.live import Following
from services.domain.errors import NotFound, ProductError, StorageUnavailable
from services.domain.events import BranchChanged, ChangeBegun, ChangeDecided, Event, MessagePosted
from services.domain.identifiers import ChangeId, MessageId, Slug, ThreadId
from services.live.bus import Told

HUMAN = Slug("human")
DECIDED = ChangeDecided(HUMAN, "edit", ChangeId(1))
LATER = BranchChanged(HUMAN, "edit")


class Page(nullcontext[None]):
    """As much of a client as a refresh uses."""

    id = "page"
    has_socket_connection = True
    is_deleted = False

    def delete(self) -> None:
        self.is_deleted = True


class Looks:
    """What a page did to be brought up to date."""

    def __init__(self) -> None:
        self.count = 0
        self.looked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def refresh(self) -> None:
        self.count += 1
        self.looked.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure


@pytest.fixture(autouse=True)
def reloaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    codes: list[str] = []
    monkeypatch.setattr(live.background_tasks, "create", lambda task, name: asyncio.ensure_future(task))
    monkeypatch.setattr(live, "run_in_page", lambda code, client: codes.append(code))

    async def in_pages(code: str, clients: Iterable[Page]) -> None:
        codes.extend(code for _ in clients)

    monkeypatch.setattr(live, "run_in_pages", in_pages)
    return codes


def following(looks: Looks, *, page: Page | None = None, pauses: Iterable[float] = (0.0, 60.0)) -> Following:
    """Decisions are shown after the first pause, everything else after the second."""
    soon, late = pauses
    pause = {DECIDED: soon, LATER: late}
    return Following(page or Page(), looks.refresh, lambda _: True, pause.__getitem__)  # type: ignore[arg-type]


async def test_happenings_of_a_pause_become_one_refresh_as_soon_as_the_most_urgent_wants_it() -> None:
    looks = Looks()
    page = following(looks)
    for number in range(5):
        page.told(Told(number, LATER))
    await asyncio.sleep(0)
    assert looks.count == 0

    page.told(Told(9, DECIDED))

    async with asyncio.timeout(30):
        await looks.looked.wait()
    assert looks.count == 1


async def test_what_was_done_here_and_what_is_told_of_it_become_one_refresh() -> None:
    looks = Looks()
    page = following(looks)
    done = asyncio.create_task(page.now())
    await asyncio.sleep(0)
    page.told(Told(1, LATER))

    async with asyncio.timeout(30):
        await done
    assert looks.count == 1


async def test_who_acts_during_a_refresh_waits_for_one_that_began_later() -> None:
    looks = Looks()
    looks.gate.clear()
    page = following(looks)
    page.told(Told(1, DECIDED))
    await looks.looked.wait()
    done = asyncio.create_task(page.now())
    await asyncio.sleep(0)
    assert not done.done()

    looks.gate.set()

    async with asyncio.timeout(30):
        await done
    assert looks.count == 2


async def test_a_page_nobody_looks_at_is_brought_up_to_date_when_it_is_back() -> None:
    looks, away = Looks(), Page()
    away.has_socket_connection = False
    page = following(looks, page=away)
    page.told(Told(1, DECIDED))
    await asyncio.sleep(0)
    assert looks.count == 0

    away.has_socket_connection = True
    page.catch_up()

    async with asyncio.timeout(30):
        await looks.looked.wait()


async def test_what_is_wanted_while_a_page_is_built_comes_when_it_is_open() -> None:
    looks, opening = Looks(), Page()
    opening.has_socket_connection = False
    page = following(looks, page=opening)
    page.soon()
    await asyncio.sleep(0)
    assert looks.count == 0

    opening.has_socket_connection = True
    page.catch_up()

    async with asyncio.timeout(30):
        await looks.looked.wait()


@pytest.mark.parametrize(
    ("failure", "over"),
    [(NotFound("It is private now."), True), (StorageUnavailable("The disk is full."), False)],
)
async def test_a_page_that_can_not_be_brought_up_to_date_is_loaded_anew_and_nobody_waits(
    reloaded: list[str], failure: ProductError, over: bool
) -> None:
    looks, shown = Looks(), Page()
    looks.failure = failure
    page = following(looks, page=shown)

    async with asyncio.timeout(30):
        await page.now()
    assert reloaded == ["rfc.reload()"]
    assert shown.is_deleted == over, "one that may not be read any more is told nothing further"


async def test_who_waits_is_let_go_when_the_page_closes() -> None:
    looks, closed = Looks(), Page()
    closed.is_deleted = True
    async with asyncio.timeout(30):
        await following(looks, page=closed).now()
    assert looks.count == 0


@pytest.mark.parametrize(
    ("sooner", "later"),
    [
        (DECIDED, LATER),
        (MessagePosted(ThreadId(1), MessageId(2), HUMAN), ChangeBegun(HUMAN, "edit", ChangeId(1))),
    ],
)
def test_a_decision_is_shown_before_everything_and_a_beginning_after_it(sooner: Event, later: Event) -> None:
    assert live.pause_before(sooner) < live.pause_before(later)
