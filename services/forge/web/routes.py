"""All routes outside the API."""

from __future__ import annotations

from starlette.routing import Route

from services.forge.state import Forge
from services.forge.web.browse import browse_routes, name_routes
from services.forge.web.consent import consent_routes
from services.forge.web.oauth import oauth_routes
from services.forge.web.pictures import picture_routes
from services.forge.web.pull_pages import pull_routes
from services.forge.web.sign_in import sign_in_routes
from services.forge.web.smart_http import git_routes


def web_routes(forge: Forge) -> list[Route]:
    """Pages, OAuth2 and Git, most specific first."""
    return [
        *picture_routes(),
        *oauth_routes(forge),
        *consent_routes(forge),
        *sign_in_routes(forge),
        *git_routes(forge),
        *pull_routes(forge),
        *browse_routes(forge),
        *name_routes(forge),
    ]
