"""The command line whose server `kill -9`s itself where it is about to tell that `told-late` can graduate."""

from __future__ import annotations

import os
import signal
from typing import Any

from rfc_ui.cli import main
from services.usecases import state_signals

AS_EVER = state_signals.record_state
FATAL = "told-late"


async def tell_or_die(*where: Any, **what: Any) -> bool:
    """Tell, or end."""
    if what.get("slug") == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)
    return await AS_EVER(*where, **what)


if __name__ == "__main__":
    state_signals.record_state = tell_or_die
    main()
