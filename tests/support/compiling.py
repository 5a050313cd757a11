"""Compiles a statement once in a test process, where each engine of SQLAlchemy would compile it anew.

A test's store lives as long as the test, so that half of what it asks would be compiled for it alone. What makes two
engines compile differently is their dialect, and all stores of one backend are opened with the same settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.engine import URL

from services.store import unit_of_work
from services.store.engine import Engines, make_engines


class Compiled(dict[Any, Any]):
    """A cache that looks away from the dialect, which SQLAlchemy puts first in its keys."""

    def get(self, key: Any, default: Any = None) -> Any:
        """What was compiled for an equal statement."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


_COMPILED: defaultdict[str, Compiled] = defaultdict(Compiled)
"""By the name of the backend."""


@pytest.fixture(autouse=True, scope="session")
def _compile_once() -> Iterator[None]:
    """Every store that is opened in this process shares what was compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_of_work, "make_engines", _sharing_engines)
        yield


def _sharing_engines(url: URL) -> Engines:
    engines = make_engines(url)
    for engine in (engines.write, engines.read):
        engine.sync_engine.update_execution_options(compiled_cache=_COMPILED[url.get_backend_name()])
    return engines
