"""`python -m services.forge`: the forge as a process of its own."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from services.forge.server import PlaceTaken, forge_place, run_forge
from services.forge.settings import ForgeSettings, GiteaVersion

TAKEN = 2
"""The exit code of a place that can't be had."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.forge", description="The embedded forge.")
    parser.add_argument("--data", type=Path, required=True, help="directory for everything the forge keeps")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument(
        "--root-url", default="", help="address seen from outside, if another than host and port"
    )
    parser.add_argument("--admin-user", default="root")
    parser.add_argument(
        "--admin-password",
        default=os.environ.get("FORGE_ADMIN_PASSWORD", ""),
        help="creates the site admin on the first start (better in FORGE_ADMIN_PASSWORD: arguments are public)",
    )
    parser.add_argument("--faults", action="store_true", help="let site admins make it misbehave")
    parser.add_argument("--gitea-version", choices=[each.value for each in GiteaVersion], default="1.25")
    parser.add_argument("--mergeability-delay", type=float, default=0.0, help="seconds")
    parser.add_argument("--webhook-hosts", default="loopback,external", help="Gitea's ALLOWED_HOST_LIST")
    parser.add_argument(
        "--exit-with-stdin",
        action="store_true",
        help="end when standard input ends, and let the clock go as late as its lines say",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the forge; answers the exit code."""
    options = parse(arguments)
    settings = ForgeSettings(
        data=options.data,
        root_url=options.root_url or f"http://{options.host}:{options.port}",
        admin_user=options.admin_user,
        admin_password=options.admin_password,
        version=GiteaVersion(options.gitea_version),
        faults_enabled=options.faults,
        mergeability_delay=options.mergeability_delay,
        allowed_hosts=tuple(options.webhook_hosts.split(",")),
    )
    os.umask(0o077)  # what it keeps is its account's only
    try:
        with forge_place(settings.data, options.host, options.port) as listening:
            return run_forge(settings, listening, exit_with_stdin=options.exit_with_stdin)
    except PlaceTaken as error:
        print(f"forge: {error}", file=sys.stderr)
        return TAKEN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
