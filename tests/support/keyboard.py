"""A person without a mouse: everything is reached by Tab and keys, and whatever has the focus shows it (§14)."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

from tests.support.browser import open_page

LONGEST_WAY = 90
"""Presses of Tab after which a thing counts as out of reach, beside the catalog's rows, which other tests make."""
NO_MOUSE = """for (const type of ["pointerdown", "mousedown", "mouseup", "touchstart", "wheel"])
  addEventListener(type, (event) => { if (event.isTrusted) console.error(`a mouse was used: ${type}`); }, { capture: true });"""
"""Tests fail when a page says something in the console."""
STOP = """(wanted) => {
  const at = document.activeElement;
  const ringed = (el) => {
    const style = getComputedStyle(el);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const shown = at === document.body || ringed(at)
    || (at.parentElement.matches(":focus-within") && ringed(at.parentElement))
    || Boolean(at.closest(".cm-editor, .r-prompt"));
  const row = at.closest("[data-rows] li")?.dataset.slug ?? null;
  return { here: at === wanted, shown, row, what: (at.cloneNode().outerHTML ?? "").slice(0, 160) };
}"""


@dataclass
class Keyboard:
    """The keys in front of one page; `unseen` is what had the focus and did not show it."""

    page: Page
    unseen: dict[str, None] = field(default_factory=dict)

    @classmethod
    async def at(cls, page: Page, path: str) -> Keyboard:
        """The page of an address that was typed; a mouse on it fails the test."""
        await page.add_init_script(NO_MOUSE)
        keyboard = cls(page)
        await keyboard.go(path)
        return keyboard

    async def go(self, path: str) -> None:
        """Type an address."""
        await open_page(self.page, path)

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, words: str, *then: str) -> None:
        """Type, then press."""
        await self.page.keyboard.type(words)
        await self.press(*then)

    async def to(self, target: Locator, *, by: str = "Tab") -> None:
        """Press a key until the target has the focus; a row of the catalog counts when it is passed again."""
        await expect(target).to_be_visible()
        passed: list[str] = []
        rows: set[str | None] = {None}
        while len(passed) < LONGEST_WAY:
            stop = await target.evaluate(STOP)
            if not stop["shown"]:
                self.unseen[stop["what"]] = None
            if stop["here"]:
                return
            if stop["row"] in rows:
                passed.append(stop["what"])
            rows.add(stop["row"])
            await self.press(by)
        raise AssertionError("not reached by keyboard; on the way:\n" + "\n".join(passed))

    async def use(self, target: Locator, key: str = "Enter", *, by: str = "Tab") -> None:
        """Reach something and press a key on it."""
        await self.to(target, by=by)
        await self.press(key)

    async def write(self, target: Locator, words: str, *then: str) -> None:
        """Reach a field, write into it in the place of what it has, then press."""
        await self.to(target)
        await self.press("Control+a")
        await self.type(words, *then)

    async def into_text(self) -> None:
        """Past the head and the catalog, by the link that is there for it."""
        await self.page.evaluate("document.activeElement.blur()")
        await self.press("Tab", "Enter")

    async def palette(self, words: str) -> None:
        """Jump by the palette."""
        await self.press("Control+k")
        await self.type(words)
        await expect(self.page.locator("[role=option]").first).to_be_visible()
        await self.press("Enter")
