"""Alembic runs this for every migration; `services.store.migrate` hands over the open connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from alembic import context
from sqlalchemy import Connection

from services.store.tables import StoredTable

if TYPE_CHECKING:
    from alembic.runtime.environment import OnVersionApplyFn

connection = cast("Connection", context.config.attributes["connection"])
on_version_apply = cast("OnVersionApplyFn", context.config.attributes["on_version_apply"])

context.configure(
    connection=connection,
    target_metadata=StoredTable.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    on_version_apply=on_version_apply,
)
with context.begin_transaction():
    context.run_migrations()
