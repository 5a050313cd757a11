"""The command `rfc-ui` (§17). Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; `--version` answers before anything else is imported."""
    if sys.argv[1:] == ["--version"]:
        from importlib.metadata import version

        sys.stdout.write(f"rfc-ui {version('rfc-ui')}\n")
        return
    os.umask(0o077)  # whatever a command makes is its account's only
    from rfc_ui.cli.app import run

    sys.exit(run(sys.argv[1:]))
