"""The frame without a server: its own files, a catalog from memory, and pages of plain text behind every address."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Route

from components import design
from components.shell import Chrome, Columns, page_html
from pages.catalog_feed import Edition, edition_of, patch_json
from services.domain.actors import Actor, Viewer
from services.domain.entry import EntryState
from services.domain.identifiers import CommitSha, Login, PullNumber, Slug, UserId
from services.usecases.views.catalog import CatalogRow, CatalogView, IdeaRow

ADDRESS = "http://stage.test"
NOW = datetime.now(UTC)
ANA = Actor(id=UserId(7), login=Login("ana"), display_name="Ana Ruiz")
NO_MARKS: Mapping[str, list[str]] = {"mine": [], "watching": [], "waiting": [], "unread": []}


def entry(title: str, **changes: Any) -> CatalogRow:
    """A super-draft that moved `hours` ago."""
    hours = changes.pop("hours", 1)
    values: dict[str, Any] = {
        "slug": Slug(title.lower().replace(" ", "-")),
        "number": None,
        "title": title,
        "state": EntryState.SUPER_DRAFT,
        "tags": (),
        "last_activity_at": NOW - timedelta(hours=hours),
        "open_pulls": 0,
        "owners": (),
        "arbiters": (),
        "proposed_by": "ben",
        "proposed_at": "2025-03-01",
        "commit_sha": CommitSha("c" * 40),
    }
    return CatalogRow(**(values | changes))


def idea(number: int, title: str, by: str = "ben") -> IdeaRow:
    """An open idea."""
    slug = title.lower().replace(" ", "-")
    return IdeaRow(number=PullNumber(number), slug=slug, title=title, tags=(), proposed_by=by, opened_at=NOW)


@dataclass
class Stage:
    """What the pages show; `columns`, `viewer` and `document` may be changed between two pages."""

    rows: tuple[CatalogRow, ...] = ()
    ideas: tuple[IdeaRow, ...] = ()
    viewer: Viewer = None
    marks: Mapping[str, list[str]] = field(default_factory=lambda: NO_MARKS)
    columns: Columns = Columns.TWO
    document: str = "<h1>The document</h1>"
    version: int = 1

    @property
    def edition(self) -> Edition:
        """The catalog as it is now."""
        return edition_of(CatalogView(version=self.version, rows=self.rows, ideas=self.ideas))

    async def open(self, browser: Browser, path: str = "/catalog", **options: Any) -> Page:
        """A page in a browser of its own, with its rows there."""
        context = await browser.new_context(base_url=ADDRESS, **options)
        await context.route("**/*", self._answer)
        page = await context.new_page()
        await page.goto(path)
        await shown(page)
        return page

    async def change(
        self, page: Page, *, rows: Iterable[CatalogRow], ideas: Iterable[IdeaRow] | None = None
    ) -> None:
        """Change the catalog, and tell the page as the server would."""
        code = self.changed(rows=rows, ideas=ideas)
        await page.evaluate(code)

    def changed(self, *, rows: Iterable[CatalogRow], ideas: Iterable[IdeaRow] | None = None) -> str:
        """Change the catalog; returns what the server would have the page run."""
        before = self.edition
        self.version += 1
        self.rows = tuple(rows)
        self.ideas = self.ideas if ideas is None else tuple(ideas)
        return f"rfc.patchCatalog({patch_json(before, self.edition).decode()})"

    async def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith(design.STATIC_PATH):
            file = design.STATIC_DIR / path.removeprefix(f"{design.STATIC_PATH}/")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            await route.fulfill(
                body=file.read_bytes(), content_type=kind.replace("application/javascript", "text/javascript")
            )
        elif path == "/api/catalog":
            await route.fulfill(body=self.edition.body, content_type="application/json")
        elif path == "/api/catalog/marks":
            await route.fulfill(body=json.dumps(dict(self.marks)), content_type="application/json")
        else:
            await route.fulfill(body=self._page(path), content_type="text/html")

    def _page(self, path: str) -> str:
        chrome = Chrome(
            site_name="Open Human Model",
            viewer=self.viewer,
            path=path,
            columns=self.columns,
            catalog=self.edition.head,
        )
        start = '<main class="r-col" id="main" data-col="document" tabindex="-1"><div class="r-scroll">'
        main = self.document if self.document.startswith("<main") else f"{start}{self.document}</div></main>"
        talk = (
            '<aside class="r-col r-col--talk" data-col="talk">Talk</aside>'
            if self.columns is Columns.THREE
            else ""
        )
        return page_html(chrome, title="Stage", document=f"{main}{talk}")


async def shown(page: Page) -> None:
    """Wait until the catalog column has drawn what it has."""
    await page.wait_for_function(
        "!document.querySelector('[data-rows]')"
        " || document.querySelector('[data-rows] li') || document.querySelector('[data-rows] .r-empty:not([hidden])')"
    )


async def titles(page: Page) -> list[str]:
    """The titles in the list, top to bottom."""
    return await page.locator("[data-rows] .r-row__title").evaluate_all("all => all.map(el => el.title)")
