"""The nonce stands on the template's own script tags and nowhere else."""

from __future__ import annotations

import re

import jinja2
import pytest
from nicegui.version import __version__

from rfc_ui.security.content_policy import TEMPLATES, StampingLoader, new_nonce, page_policy, stamped
from rfc_ui.security.site_origin import SiteOrigin

SCRIPT_TAGS = 13
"""Script tags in the template of the NiceGUI release that is pinned; look at each new one before raising it."""


class FakeRequest:
    """The one thing the stamp looks at."""

    scope = {"csp_nonce": "N0NCE"}  # noqa: RUF012


def page(**fields: object) -> str:
    environment = jinja2.Environment(loader=StampingLoader(TEMPLATES), autoescape=True)
    shown = {"request": FakeRequest(), "dark": "None", "language": "en-US", "version": __version__, **fields}
    return environment.get_template("index.html").render(translations={}, prod_js=True, **shown)


def test_every_script_tag_of_the_template_is_stamped_and_their_number_is_known() -> None:
    source = (TEMPLATES / "index.html").read_text()
    assert (source.count("<script"), stamped(source).count("csp_nonce")) == (SCRIPT_TAGS, SCRIPT_TAGS)


def test_a_page_carries_the_nonce_of_its_request_on_all_its_scripts() -> None:
    tags = re.findall(r"<script[^>]*>", page())
    assert [tag for tag in tags if 'nonce="N0NCE"' not in tag] == []


@pytest.mark.parametrize("field", ["elements", "head_html", "body_html", "title"])
def test_a_script_tag_inside_what_people_wrote_is_never_stamped(field: str) -> None:
    html = page(**{field: "<script>alert(1)</script>"})
    assert html.count("N0NCE") == page().count("N0NCE")


def test_each_request_gets_a_nonce_of_its_own() -> None:
    scopes: list[dict[str, object]] = [{}, {}]
    nonces = [new_nonce(scope) for scope in scopes]
    assert nonces[0] != nonces[1]
    assert [scope["csp_nonce"] for scope in scopes] == nonces


def test_the_policy_allows_this_site_giteas_pictures_and_nothing_else() -> None:
    site, gitea = SiteOrigin.of("https://rfc.example.org"), SiteOrigin.of("https://git.example.org")
    assert page_policy("abc", site=site, gitea=gitea) == (
        "default-src 'self'; script-src 'self' 'nonce-abc' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' wss://rfc.example.org; img-src 'self' data: https://git.example.org; "
        "font-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
