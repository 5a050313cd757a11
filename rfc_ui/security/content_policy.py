"""The content security policy, and the nonce on the page template's own script tags.

The tags are stamped in the *source* of NiceGUI's template, before anything is filled in: text that people
wrote can never receive a nonce, whatever it contains. `tests` pin how many tags the template has.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import nicegui.client
from jinja2 import Environment, FileSystemLoader
from starlette.types import Scope

from rfc_ui.security.site_origin import SiteOrigin

NONCE_KEY = "csp_nonce"
STAMP = "<script nonce=\"{{ request.scope.get('" + NONCE_KEY + "', '') }}\""
TEMPLATES = Path(nicegui.client.__file__).parent / "templates"


def stamped(source: str) -> str:
    """Return a template's source with the nonce on each of its script tags."""
    return source.replace("<script", STAMP)


class StampingLoader(FileSystemLoader):
    """Loads templates as the file system has them, with their script tags stamped."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the stamped source, its path and whether it is still fresh."""
        source, path, is_fresh = super().get_source(environment, template)
        return stamped(source), path, is_fresh


def stamp_page_template() -> None:
    """Make NiceGUI build its pages from the stamped template; safe to call again."""
    environment = nicegui.client.templates.env
    environment.loader = StampingLoader(TEMPLATES)
    if environment.cache is not None:
        environment.cache.clear()


def new_nonce(scope: Scope) -> str:
    """Give this request its nonce and return it."""
    nonce = secrets.token_urlsafe(16)
    scope[NONCE_KEY] = nonce
    return nonce


def page_policy(nonce: str, *, site: SiteOrigin, gitea: SiteOrigin) -> str:
    """The policy of pages: our own scripts only; `unsafe-eval` since Vue compiles templates in browsers."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            f"connect-src 'self' {site.socket}",
            f"img-src 'self' data: {gitea}",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    )


DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of answers that are data: nothing in them may do anything, even when opened as a page."""
