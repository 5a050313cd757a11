"""`/settings/funder`: keys of one's own, and the RFCs whose models they pay for (§6.7)."""

from __future__ import annotations

from collections.abc import Mapping

from components.funder_settings import CONSENT, REMOVE, STORE, WITHDRAW, funder_html
from components.notice import announce
from components.settings_form import SettingsForm, Value
from pages.errors import product_page
from pages.frame import frame
from pages.site import Site
from services.domain.actors import Actor, Viewer
from services.domain.errors import ProductError
from services.domain.identifiers import Slug
from services.domain.permissions import require, signed_in
from services.usecases import fund


def register(site: Site) -> None:
    """Make `/settings/funder` a page."""

    @product_page(site, "/settings/funder")
    async def funder_settings(viewer: Viewer) -> None:
        await _FunderPage(site, require(signed_in, viewer, act=fund.ACT)).build()


class _FunderPage:
    """One person's keys and RFCs."""

    def __init__(self, site: Site, viewer: Actor) -> None:
        self._site = site
        self._viewer = viewer

    async def build(self) -> None:
        """Read, then show."""
        html = await self._html()
        with frame(self._site, self._viewer, title="Funding") as page, page.document:
            self._form = SettingsForm(html, on_set=self._set)
            self._form.classes("r-scroll")

    async def _html(self, problem: str = "", refused: str = "") -> str:
        view = await fund.funder_view(self._site.context, viewer=self._viewer)
        return funder_html(view, problem=problem, refused=refused)

    async def _set(self, name: str, value: Value) -> None:
        try:
            words = await self._store(name, value)
        except ProductError as error:
            self._form.show(await self._html(f"{error.message} {error.hint}".strip(), refused=name))
            return
        self._form.show(await self._html())
        if words:
            announce(words)

    async def _store(self, name: str, value: Value) -> str:
        context, viewer = self._site.context, self._viewer
        verb, _, what = name.partition(":")
        match f"{verb}:":
            case kind if kind == STORE and isinstance(value, Mapping):
                await fund.store_key(context, actor=viewer, provider=what, key=value.get("key", ""))
                return "Stored."
            case kind if kind == REMOVE:
                await fund.remove_key(context, actor=viewer, provider=what)
                return "Removed."
            case kind if kind == CONSENT:
                await fund.consent(context, actor=viewer, slug=Slug(what))
                return "Your keys pay for its models now."
            case kind if kind == WITHDRAW:
                await fund.withdraw_consent(context, actor=viewer, slug=Slug(what))
                return "Your keys don't pay for its models any more."
        return ""
