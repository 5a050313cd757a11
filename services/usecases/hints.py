"""Hints to look at a repository: those that come together become one look, and one that failed is repeated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from services.domain.identifiers import PullNumber, Repository
from services.usecases.scope import Scope

log = logging.getLogger(__name__)

COALESCE_SECONDS = 0.05
RETRY_SECONDS = (5.0, 20.0, 60.0)
"""Pauses after looks that failed; after the last, the next sweep sees to it."""

Look = Callable[[Repository, Scope], Awaitable[bool]]


class Hints:
    """One task for each repository that was hinted at; it ends when nothing is left to look at."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._waiting: dict[Repository, Scope] = {}
        self._tasks: dict[Repository, asyncio.Task[None]] = {}
        self._stopped = False

    def add(self, repo: Repository, number: PullNumber | None = None, *, retry: bool = False) -> None:
        """Look at a pull request, or at whatever changed; with `retry`, only after the first pause."""
        if self._stopped:
            return
        waiting = self._waiting.get(repo, Scope())
        numbers = waiting.numbers if number is None else waiting.numbers | {number}
        self._waiting[repo] = Scope(numbers=numbers, changed_pulls=waiting.changed_pulls or number is None)
        if repo not in self._tasks:
            self._tasks[repo] = asyncio.create_task(self._answer(repo, failures=int(retry)), name="hints")

    async def stop(self) -> None:
        """Drop what waits, end what runs, and take nothing more."""
        self._stopped = True
        self._waiting.clear()
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, repo: Repository, *, failures: int) -> None:
        try:
            while repo in self._waiting and failures <= len(RETRY_SECONDS):
                await asyncio.sleep(RETRY_SECONDS[failures - 1] if failures else COALESCE_SECONDS)
                scope = self._waiting.pop(repo)
                if await self._look(repo, scope):
                    failures = 0
                else:
                    failures += 1
                    self._put_back(repo, scope)
        except Exception:
            # Border: nobody waits for this task, and the next sweep looks anyway.
            log.exception("could not look at %s", repo)
        finally:
            self._waiting.pop(repo, None)
            self._tasks.pop(repo, None)

    def _put_back(self, repo: Repository, scope: Scope) -> None:
        newer = self._waiting.get(repo, Scope())
        self._waiting[repo] = Scope(
            numbers=scope.numbers | newer.numbers,
            changed_pulls=scope.changed_pulls or newer.changed_pulls,
        )
