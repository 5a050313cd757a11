"""How much of a repository the refresher looks at (§4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.identifiers import PullNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What to look at: some pull requests by number, or all that changed, or (`full`) everything there is."""

    numbers: frozenset[PullNumber] = frozenset()
    changed_pulls: bool = False
    full: bool = False

    @property
    def only_named(self) -> bool:
        """Whether nothing but some pull requests (and main) is asked for."""
        return bool(self.numbers) and not self.changed_pulls and not self.full
