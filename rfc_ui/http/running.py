"""The running application, as a request finds it."""

from __future__ import annotations

from typing import cast

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from rfc_ui.bootstrap import Application


def keep(app: Starlette, application: Application) -> None:
    """Let requests of `app` find `application`."""
    app.state.running = application


def running(request: HTTPConnection) -> Application:
    """What `keep` kept."""
    return cast("Application", request.app.state.running)
