"""Closing what a merged pull request has taken the place of (§10.9), whoever noticed the merge first."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from services.domain.errors import ProductError
from services.domain.events import Event, PullChanged
from services.domain.identifiers import Login, OperationId
from services.domain.pull import METADATA_KINDS
from services.store.queries import pulls
from services.store.queries.pulls import PullRow
from services.usecases.bot_writes import begin, carry_out
from services.usecases.pull_writes import CLOSE_SUPERSEDED, ClosePullIntent

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)


async def supersede_event(context: Context, event: Event) -> None:
    """After a pull request changed: close what a merged one replaces."""
    if isinstance(event, PullChanged):
        await close_superseded(context)


async def close_superseded(context: Context) -> None:
    """Close every open pull request that a merged one replaces, once each; never raises for Gitea's sake.

    Somebody who reopens one afterwards is not argued with.
    """
    async with context.store.read() as work:
        found = await pulls.list_superseded(work)
    for row in found:
        op_id = _operation(row)
        async with context.store.write() as work:
            intent = _intent(row)
            bot = Login(context.bot.login)
            begun = await begin(work, CLOSE_SUPERSEDED, op_id=op_id, actor_id=None, login=bot, intent=intent)
        if begun:
            await _close(context, row, op_id)


async def _close(context: Context, row: PullRow, op_id: OperationId) -> None:
    try:
        await carry_out(context, CLOSE_SUPERSEDED, op_id)
    except ProductError as error:
        log.warning("%s #%d, which is superseded, stays open: %s", row.repo, row.pr_number, error.message)


def _intent(row: PullRow) -> ClosePullIntent:
    if row.rfc_slug is None or row.superseded_by_pr_number is None:
        raise LookupError(f"{row.repo} #{row.pr_number} is not superseded")
    return ClosePullIntent(
        display_name="",
        slug=row.rfc_slug,
        repo=row.repo,
        number=row.pr_number,
        branch=row.head_branch,
        comment=f"Superseded by #{row.superseded_by_pr_number}, which has been merged.",
        superseded_by=row.superseded_by_pr_number,
        quiet=row.pr_kind in METADATA_KINDS,
    )


def _operation(row: PullRow) -> OperationId:
    """Always the same for the same two, so that it is done once whoever notices, and in however many processes."""
    named = f"close {row.repo} {row.pr_number} for {row.superseded_by_pr_number}"
    return OperationId(hashlib.sha256(named.encode()).hexdigest()[:32])
