"""Writing down what somebody did with a pull request: one audit row, one event (§15.1, §15.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.events import PullChanged
from services.domain.identifiers import PullNumber, Repository, Slug
from services.store.queries import events, watches
from services.store.work import Work
from services.usecases.bot_writes import E, Intent, Written
from services.usecases.context import Context
from services.usecases.record import record_action

P = TypeVar("P", bound=Intent)


@dataclass(frozen=True, slots=True)
class PullAt:
    """Which pull request an act was about: an idea that can't be read has no slug."""

    repo: Repository
    number: PullNumber
    branch: str
    slug: Slug | None


async def record_pull(
    work: Work,
    context: Context,
    written: Written[P, E],
    pull: PullAt,
    *,
    kind: ActionKind,
    details: Mapping[str, JsonValue],
    then_watches: bool = True,
) -> None:
    """The audit row of an act on a pull request and its event; whoever acted watches the entry from then on."""
    await record_action(
        work,
        context,
        actor_user_id=written.actor_id,
        on_behalf_of=written.login,
        kind=kind,
        op_id=written.op_id,
        slug=pull.slug,
        branch=pull.branch,
        repo=pull.repo,
        pr_number=pull.number,
        details=details,
    )
    if then_watches and written.actor_id is not None and pull.slug is not None:
        await watches.set_watching(work, user_id=written.actor_id, slug=pull.slug, at=now())
    await events.append(work, PullChanged(pull.repo, pull.number, pull.slug))
