"""The command line whose server `kill -9`s itself where it is about to tell of a state that nobody acted out."""

from __future__ import annotations

import os
import signal

from rfc_ui.cli import main
from services.usecases import state_signals


async def die(*_: object, **__: object) -> bool:
    """The end."""
    os.kill(os.getpid(), signal.SIGKILL)
    return False


if __name__ == "__main__":
    state_signals.record_state = die
    main()
