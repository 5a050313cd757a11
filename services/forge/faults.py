"""Misbehaviour on request: rules that spoil single requests, and switches that change how the forge works."""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum

from services.forge.settings import GiteaVersion


class FaultAction(StrEnum):
    """What happens to a request that matches a rule."""

    DELAY_BEFORE = "delay_before"
    DELAY_AFTER = "delay_after"
    STATUS = "status"
    STATUS_AFTER = "status_after"
    HTML = "html"
    DROP = "drop"
    DROP_AFTER = "drop_after"


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """Spoil the first `times` requests (all, when None) whose method and path match.

    `seconds` None holds a delayed request until it is released. `path` is a regular expression, searched.
    """

    path: str
    action: FaultAction
    method: str = "*"
    seconds: float | None = None
    status: int = 500
    body: str = ""
    content_type: str = "application/json"
    times: int | None = None
    hits: int = 0
    waiting: int = 0
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, method: str, path: str) -> bool:
        """Whether this rule still applies to such a request."""
        if self.times is not None and self.hits >= self.times:
            return False
        return self.method in {"*", method} and re.search(self.path, path) is not None

    async def hold(self) -> None:
        """Wait for the rule's time, or until somebody releases it."""
        self.waiting += 1
        try:
            await asyncio.wait_for(self._released.wait(), self.seconds)
        except TimeoutError:
            return
        finally:
            self.waiting -= 1

    def release(self) -> None:
        """Let held requests go on; must run on the event loop."""
        self._released.set()


@dataclass(slots=True, kw_only=True)
class Switches:
    """How the whole forge works just now. `mergeability` in seconds, None for never; webhook delay in seconds."""

    version: GiteaVersion
    mergeability: float | None = 0.0
    webhooks_lost: bool = False
    webhooks_duplicated: bool = False
    webhooks_reordered: bool = False
    webhooks_delay: float = 0.0
    racing_writes_fail: bool = False


class Faults:
    """The rules and switches of one forge."""

    def __init__(self, version: GiteaVersion, mergeability: float | None) -> None:
        self._version = version
        self._mergeability = mergeability
        self._guard = threading.Lock()
        self.rules: list[FaultRule] = []
        self.switches = Switches(version=version, mergeability=mergeability)

    def match(self, method: str, path: str) -> FaultRule | None:
        """The first rule that applies; its count goes up."""
        with self._guard:
            for rule in self.rules:
                if rule.matches(method, path):
                    rule.hits += 1
                    return rule
        return None

    def add(self, rules: list[FaultRule]) -> None:
        """Add rules behind those there are."""
        with self._guard:
            self.rules.extend(rules)

    def release(self) -> None:
        """Let every held request go on."""
        for rule in self.rules:
            rule.release()

    def clear(self) -> None:
        """Behave again: no rules, every switch as at the start, held requests released."""
        self.release()
        with self._guard:
            self.rules = []
            self.switches = Switches(version=self._version, mergeability=self._mergeability)
