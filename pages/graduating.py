"""Graduation on the page of an entry: the dialog for those who may, the steps for everybody (§13.2)."""

from __future__ import annotations

from nicegui import context as ui_context

from components.graduation import GraduationActs, GraduationDialog, Typed
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.graduation import check_plan
from services.domain.identifiers import Slug
from services.usecases.graduate import start_graduation
from services.usecases.graduation_plan import Checked, check_typed
from services.usecases.views.graduation import GraduationView, OfferView, graduation_offer, graduation_view

GRADUATE = "graduate"
"""The `data-do` of the button that opens the dialog."""


class Graduating:
    """One viewer's part. `await read()` first, then `fill(title)` above the text; later `read` and `show(title)`.

    `at_once`: the dialog opens by itself, once, for whoever may graduate the entry.
    """

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, *, at_once: bool = False) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._at_once = at_once
        self._view: GraduationView
        self._dialog: GraduationDialog | None = None

    async def read(self) -> None:
        """Read how it stands; raises NotFound."""
        self._view = await graduation_view(self._site.context, viewer=self._viewer, slug=self._slug)

    @property
    def offered(self) -> bool:
        """Whether the viewer may begin it now."""
        return self._view.is_draft and self._view.may.allowed

    def fill(self, title: str) -> None:
        """Put the steps and the closed dialog above the text."""
        acts = GraduationActs(self._offer, self._check, self._start)
        self._dialog = GraduationDialog(acts, title=title, org=self._site.context.org, run=self._view.run)
        if self._at_once:
            ui_context.client.on_connect(self._opened)

    def _opened(self) -> None:
        if self._at_once and self.offered:
            self.ask()
        self._at_once = False

    def ask(self) -> None:
        """Open the dialog."""
        if self._dialog is not None:
            self._dialog.ask()

    def show(self, title: str) -> None:
        """Show what was read since."""
        if self._dialog is not None:
            self._dialog.show(title=title, run=self._view.run)

    async def _offer(self) -> OfferView:
        return await graduation_offer(self._site.context, viewer=self._viewer, slug=self._slug)

    async def _check(self, typed: Typed) -> Checked:
        return await check_typed(
            self._site.context, number=typed.number, repo=typed.repo, owners=typed.owners
        )

    async def _start(self, typed: Typed) -> None:
        plan = check_plan(number=typed.number, repo_name=typed.repo, owners=typed.owners)
        await start_graduation(
            self._site.context, actor=self._viewer, slug=self._slug, plan=plan, op_id=typed.operation
        )
