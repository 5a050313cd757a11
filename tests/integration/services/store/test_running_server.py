"""A real server holds its database, so that nobody migrates or restores under it (§17)."""

from __future__ import annotations

import pytest

from services.domain.errors import Busy
from services.store.backup import backup, restore
from tests.support.server import running_server


def test_a_restore_is_refused_until_the_server_has_stopped() -> None:
    with running_server() as server:
        url = f"sqlite:///{server.database}"
        copy = server.database.with_name("copy")
        backup(url, copy)

        with pytest.raises(Busy) as refused:
            restore(url, copy)
        stopped = server.stop()
        replaced = restore(url, copy)
        server.restart()
        ready = server.is_ready()

    assert (
        refused.value.message
        == "The server is running on this database; stop it before you restore a backup."
    )
    assert (stopped, replaced is not None, ready) == (0, True, True)
