"""What the demo prints once everything is there."""

from __future__ import annotations

import http.client
import sys
import threading
import time

POLL_SECONDS = 0.25
GIVE_UP_SECONDS = 600


def announce_when_ready(*, host: str, port: int, app_url: str, forge_url: str) -> None:
    """Print address and logins as soon as /healthz answers 200, from a thread of its own."""
    thread = threading.Thread(
        target=_announce, args=(host, port, app_url, forge_url), name="announcement", daemon=True
    )
    thread.start()


def _announce(host: str, port: int, app_url: str, forge_url: str) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < deadline:
        if _is_healthy(host, port):
            sys.stdout.write(banner(app_url=app_url, forge_url=forge_url))
            sys.stdout.flush()
            return
        time.sleep(POLL_SECONDS)


def _is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host or "127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def banner(*, app_url: str, forge_url: str) -> str:
    """Address and logins, with what each may do."""
    from services.ops.demo_site import ACCOUNTS

    logins = "".join(f"  {account.login:<10} {account.role}\n" for account in ACCOUNTS)
    return (
        f"\nRFC UI is ready:  {app_url}\n"
        f"Forge (Git):      {forge_url}\n\n"
        f"Sign in as one of these; the password is the login:\n{logins}\n"
        "Ctrl-C stops it. Everything is kept; --fresh starts over.\n"
    )
