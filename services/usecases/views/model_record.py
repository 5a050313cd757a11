"""The record of each model for admins: what it proposed, and what people made of it (§6.6, §8.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from services.domain.actors import Viewer
from services.domain.change import ACCEPTED, DECIDED, Outcome
from services.domain.clock import now
from services.domain.model_symbols import ModelSign
from services.store.queries import model_record
from services.store.queries.model_record import Counted, Objection
from services.usecases.views.admin import admin_reader

if TYPE_CHECKING:
    from services.usecases.context import Context

REASONS_SHOWN: Final = 3


class Span(StrEnum):
    """How far back the record looks: proposals made since then count."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"
    EVER = "ever"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One model; `objections` are the reasons given most often for declining it."""

    key: str
    name: str
    sign: ModelSign
    outcomes: Mapping[Outcome, int]
    objections: tuple[Objection, ...]

    @property
    def proposed(self) -> int:
        """How many proposals it made."""
        return sum(self.outcomes.values())

    @property
    def accepted(self) -> int:
        """How many of them were taken and kept: as proposed, after an edit, or in part."""
        return self.among(ACCEPTED)

    @property
    def decided(self) -> int:
        """How many of them people decided."""
        return self.among(DECIDED)

    @property
    def share(self) -> float | None:
        """What part of the decided ones was accepted; None when none was decided."""
        return self.accepted / self.decided if self.decided else None

    def among(self, outcomes: Iterable[Outcome]) -> int:
        """How many had one of these outcomes."""
        return sum(self.outcomes.get(outcome, 0) for outcome in outcomes)


async def models_view(context: Context, *, viewer: Viewer, span: Span) -> tuple[ModelRecord, ...]:
    """Every model that proposed something in that time, the busiest first; raises NotSignedIn and Forbidden."""
    since = None if span is Span.EVER else now() - timedelta(days=int(span))
    async with context.store.read() as work:
        await admin_reader(work, viewer)
        counted = await model_record.count_outcomes(work, since=since)
        objections = await model_record.list_objections(work, since=since, most=REASONS_SHOWN)
    signs = context.models.signs({row.model_key for row in counted})
    return tuple(
        sorted(_records(counted, objections, signs), key=lambda record: (-record.proposed, record.key))
    )


def _records(
    counted: Sequence[Counted], objections: Sequence[Objection], signs: Mapping[str, ModelSign]
) -> Iterable[ModelRecord]:
    names = {row.model_key: row.name for row in counted}
    for key, name in names.items():
        yield ModelRecord(
            key=key,
            name=name,
            sign=signs[key],
            outcomes={row.outcome: row.proposals for row in counted if row.model_key == key},
            objections=tuple(row for row in objections if row.model_key == key),
        )
