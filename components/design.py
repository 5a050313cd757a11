"""The design as the pages see it: where its files are served, and what every page's head links to."""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

STATIC_DIR: Final = Path(__file__).parent / "static"
"""Fonts, stylesheets and browser modules; served below `STATIC_PATH`."""
STATIC_CACHE_CONTROL: Final = "public, max-age=31536000, immutable"
"""The address changes with the content, so a browser never has to ask again."""
FAVICON: Final = STATIC_DIR / "mark.svg"

STYLESHEETS: Final = (
    "fonts.css", "tokens.css", "icons.css", "components.css", "frame.css", "document.css", "workspace.css",
    "editor.css", "talk.css", "annotations.css", "pull.css", "metadata.css",
)  # fmt: skip
"""In the order of the cascade."""
PRELOADED_FONTS: Final = (
    "fonts/literata-latin-opsz-normal.woff2",
    "fonts/ibm-plex-sans-latin-wght-normal.woff2",
)
ENTRY_MODULE: Final = "frame.js"
EARLY_SCRIPT: Final = "theme.js"
BEFORE_PAINT_SCRIPT: Final = "early.js"


@cache
def static_version() -> str:
    """Twelve hex digits that change whenever a file below `STATIC_DIR` does."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_DIR.rglob("*")):
        if path.is_file():
            digest.update(
                path.relative_to(STATIC_DIR).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
            )
    return digest.hexdigest()[:12]


STATIC_PATH: Final = f"/static/{static_version()}"
"""Where the app mounts `STATIC_DIR`."""


def static_url(name: str) -> str:
    """The address of one file below `STATIC_DIR`."""
    return f"{STATIC_PATH}/{name}"


READY: Final = "r-ready"
"""Id of the place up to which a page is read before it is painted first."""


def ready_html() -> str:
    """Ends the columns: from here on the page may be painted."""
    return f'<script src="{static_url(BEFORE_PAINT_SCRIPT)}"></script><i id="{READY}" hidden></i>'


@cache
def head_html() -> str:
    """What every page has in its head: icon, theme before the first paint, fonts, styles, the frame's module."""
    modules = sorted(
        path.name for path in STATIC_DIR.glob("*.js") if path.name not in (EARLY_SCRIPT, BEFORE_PAINT_SCRIPT)
    )
    return "\n".join(
        [
            f'<link rel="icon" href="{static_url(FAVICON.name)}" type="image/svg+xml">',
            f'<script src="{static_url(EARLY_SCRIPT)}"></script>',
            f'<link rel="expect" href="#{READY}" blocking="render">',
            f'<link rel="preload" href="{static_url(BEFORE_PAINT_SCRIPT)}" as="script">',
            *(
                f'<link rel="preload" href="{static_url(font)}" as="font" type="font/woff2" crossorigin>'
                for font in PRELOADED_FONTS
            ),
            *(f'<link rel="stylesheet" href="{static_url(sheet)}">' for sheet in STYLESHEETS),
            *(f'<link rel="modulepreload" href="{static_url(module)}">' for module in modules),
            f'<script type="module" src="{static_url(ENTRY_MODULE)}"></script>',
        ]
    )


def icon(name: str, *more: str) -> str:
    """One icon of icons.css as HTML; it says nothing to a screen reader."""
    return f'<i class="{escape(" ".join((f"i i-{name}", *more)))}" aria-hidden="true"></i>'


STATE_GLYPHS: Final = {"idea": "idea", "super-draft": "draft", "active": "active", "withdrawn": "withdrawn"}
"""How far the ink has filled the ring (README of the design, principle 5)."""


def state_icon(state: str) -> str:
    """The glyph of an entry's state, in the colour of that state."""
    glyph = STATE_GLYPHS[state]
    return icon(f"st-{glyph}", f"r-st-{glyph}")


def reason_html(name: str, why: str, *, look: str = "") -> str:
    """Why something can't be pressed, beside it in a bar: its first sentence; the rest is read out.

    `name` is the id that `aria-describedby` names.
    """
    first, _, rest = why.partition(". ")
    more = f'<span class="r-sr">. {escape(rest)}</span>' if rest else ""
    title = f' title="{escape(why)}"' if rest else ""
    return f'<span class="r-hint{look}" id="{name}"{title}>{escape(first)}{more}</span>'
