"""Take the pictures of the mails: `python docs/screens/mails.py`, from the root of the repository.

The letters are the product's own, drawn by Chromium in light and in dark, as a mail program would. The run fails where
one is wider than its window.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, async_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from services.mail.letter import Item, Letter, Sender, message_of  # noqa: E402  (the path comes first)

NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
SITE = "https://rfc.example.org"
SENDER = Sender(address="rfc@example.org", name="Open Human Model", site_name="Open Human Model")
ITEMS = (
    Item(
        who="Cleo Marsh",
        act="mentioned you",
        quote="@ben, should Memory be listed there, or does it bring its own rule? I would rather not have two.",
        where="Human",
        url=f"{SITE}/rfc/human#thread-7",
    ),
    Item(
        who="Ana Ruiz",
        act="opened PR #14: Say who speaks for someone who cannot",
        quote="",
        where="Guardian, and the one who speaks for another",
        url=f"{SITE}/rfc/guardian/pr/14",
    ),
    Item(who="Olivia Hart", act="merged your idea “Grief”", quote="", where="Grief", url=f"{SITE}/rfc/grief"),
    Item(
        who="Open Human Model",
        act="found “Memory” ready to graduate",
        quote="",
        where="Memory",
        url=f"{SITE}/rfc/memory",
    ),
)


def letter(
    *items: Item,
    subject: str,
    why: str,
    button: str = "Open it",
    actor: str = "",
    stop: str = "mail of this kind",
) -> Letter:
    """One letter to Ben."""
    return Letter(
        to="ben@example.org",
        message_id="<1@example.org>",
        thread="human",
        actor=actor,
        subject=subject,
        items=items,
        why=why,
        button=button,
        settings_url=f"{SITE}/settings/notifications",
        unsubscribe_url=f"{SITE}/api/email/unsubscribe?token=t",
        unsubscribe_words=f"No more {stop}",
        at=datetime(2026, 3, 2, 8, tzinfo=UTC),
    )


MAILS = {
    "mail-mention": letter(
        ITEMS[0],
        subject="Cleo Marsh mentioned you (Human)",
        why="you were mentioned",
        button="Answer",
        actor="Cleo Marsh",
    ),
    "mail-decision": letter(
        ITEMS[2], subject="Olivia Hart merged your idea", why="you opened it", actor="Olivia Hart"
    ),
    "mail-digest": letter(
        *ITEMS,
        subject="4 news on Open Human Model",
        why="you chose a weekly digest",
        button="Open your inbox",
        stop="digests",
    ),
}


async def take(browser: Browser, name: str, scheme: str, width: int) -> bool:
    """One picture; whether it was wider than its window."""
    page = await browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 400})  # type: ignore[arg-type]
    html = message_of(MAILS[name], SENDER).get_body(("html",))
    await page.set_content(html.get_content() if html else "")
    wide = bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
    suffix = scheme if width > 400 else "phone"
    await page.screenshot(path=HERE / f"{name}-{suffix}.png", full_page=True)
    await page.close()
    return wide


async def main() -> int:
    """All of them."""
    async with async_playwright() as playwright:
        found = next((path for path in map(shutil.which, NAMES) if path), None)
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        wide = [
            name
            for name in MAILS
            for scheme, width in (("light", 720), ("dark", 720), ("light", 390))
            if await take(browser, name, scheme, width)
        ]
        await browser.close()
    print(*(wide or ["nothing is wider than its window"]), sep="\n")
    return 1 if wide else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
