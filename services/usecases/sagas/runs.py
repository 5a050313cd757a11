"""The sagas that run in this process: background tasks, which end with the app and are taken up at its next start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from services.domain.errors import ProductError
from services.domain.identifiers import OperationId

log = logging.getLogger(__name__)


class SagaRuns:
    """Tasks that carry sagas on."""

    def __init__(self) -> None:
        self._tasks: dict[OperationId, asyncio.Task[None]] = {}

    def launch(self, op_id: OperationId, run: Coroutine[None, None, None]) -> None:
        """Carry a saga on in the background, unless that is being done."""
        if op_id in self._tasks:
            run.close()
            return
        task = asyncio.create_task(self._guarded(op_id, run), name=f"saga {op_id}")
        self._tasks[op_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(op_id, None))

    async def wait(self) -> None:
        """Wait until none runs any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop wherever they are, as a kill would: what is stored says where to go on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, op_id: OperationId, run: Coroutine[None, None, None]) -> None:
        try:
            await run
        except ProductError as error:
            log.warning("saga %s stands still, it is taken up again: %s", op_id, error.message)
        except Exception:
            # Border (job): recovery takes it up again, and whoever reads the log learns why it stopped.
            log.exception("saga %s broke off", op_id)
