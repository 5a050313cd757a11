"""`/settings/notifications`: what is mailed, when, and what one does not want to hear of (§15.4–§15.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.notice import announce
from components.notification_settings import MUTE, UNMUTE, settings_html
from components.settings_form import SettingsForm, Value
from pages.errors import product_page
from pages.frame import frame
from pages.site import Site
from services.domain.actors import Actor, Viewer
from services.domain.errors import Invalid
from services.domain.identifiers import Slug, UserId
from services.domain.permissions import require, signed_in
from services.store.queries.watches import WatchLevel
from services.usecases import inbox, mail_wishes
from services.usecases.views.parts import PersonView
from services.usecases.views.talk import people_beginning


def register(site: Site) -> None:
    """Make `/settings/notifications` a page."""

    @product_page(site, "/settings/notifications")
    async def notification_settings(viewer: Viewer) -> None:
        await _SettingsPage(site, require(signed_in, viewer, act="change your settings")).build()


class _SettingsPage:
    """One person's notification settings."""

    def __init__(self, site: Site, viewer: Actor) -> None:
        self._site = site
        self._viewer = viewer

    async def build(self) -> None:
        """Read, then show."""
        html = await self._html()
        with frame(self._site, self._viewer, title="Notifications") as page, page.document:
            self._form = SettingsForm(html, on_set=self._set, find=self._people)
            self._form.classes("r-scroll")

    async def _html(self, problem: str = "", refused: str = "") -> str:
        view = await mail_wishes.wishes_view(self._site.context, viewer=self._viewer)
        watched = await inbox.watched_view(self._site.context, viewer=self._viewer)
        return settings_html(view, watched, problem=problem, refused=refused)

    async def _people(self, text: str) -> Sequence[PersonView]:
        found = await people_beginning(self._site.context, viewer=self._viewer, text=text)
        return [one for one in found if one.login != self._viewer.login]

    async def _set(self, name: str, value: Value) -> None:
        try:
            await self._store(name, value)
        except Invalid as error:
            self._form.show(await self._html(error.message, refused=name))
            return
        self._form.show(await self._html())
        announce("Saved.")

    async def _store(self, name: str, value: Value) -> None:
        context, viewer = self._site.context, self._viewer
        if isinstance(value, Mapping):
            await self._store_form(name, value)
        elif name.startswith(UNMUTE):
            await mail_wishes.unmute_person(
                context, actor=viewer, user_id=UserId(int(name.removeprefix(UNMUTE)))
            )
        elif name.startswith("watch:"):
            level = WatchLevel(value) if isinstance(value, str) and value else None
            slug = Slug(name.removeprefix("watch:"))
            await inbox.set_watch(context, actor=viewer, slug=slug, level=level)
        elif name == "digest_cadence":
            await mail_wishes.set_cadence(context, actor=viewer, cadence=str(value))
        else:
            await mail_wishes.set_switch(context, actor=viewer, name=name, on=bool(value))

    async def _store_form(self, name: str, value: Mapping[str, str]) -> None:
        context, viewer = self._site.context, self._viewer
        if name == MUTE:
            await mail_wishes.mute_person(context, actor=viewer, login=value.get("login", ""))
        else:
            await mail_wishes.set_quiet_hours(
                context,
                actor=viewer,
                start=value.get("start", ""),
                end=value.get("end", ""),
                zone=value.get("zone", ""),
            )
