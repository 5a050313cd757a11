"""The design's files, as pages link to them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from components import design

ROOT = Path(design.__file__).parents[1]
FACES = ("IBM-Plex-Mono", "IBM-Plex-Sans", "Literata", "iA-Writer-Quattro")


def test_every_file_the_head_links_to_exists() -> None:
    linked = re.findall(rf'"{re.escape(design.STATIC_PATH)}/([^"]+)"', design.head_html())

    missing = [name for name in linked if not (design.STATIC_DIR / name).is_file()]

    assert missing == []


def test_the_theme_is_set_before_any_stylesheet_is_read() -> None:
    head = design.head_html()

    assert head.index("theme.js") < head.index("stylesheet")


def test_no_script_of_the_head_is_inline() -> None:
    assert re.findall(r"<script(?![^>]* src=)", design.head_html()) == []


def test_every_font_a_stylesheet_asks_for_is_there() -> None:
    asked = set(re.findall(r'url\("(fonts/[^"]+)"\)', (design.STATIC_DIR / "fonts.css").read_text()))

    assert asked == {f"fonts/{path.name}" for path in (design.STATIC_DIR / "fonts").glob("*.woff2")}


def test_every_face_and_the_icons_come_with_their_licence() -> None:
    licences = [*(f"fonts/LICENSE-{face}.txt" for face in FACES), "LICENSE-icons.txt"]

    assert [name for name in licences if not (design.STATIC_DIR / name).is_file()] == []


def test_the_contrast_table_is_computed_and_every_pair_passes() -> None:
    script = ROOT / "docs" / "design" / "contrast.py"

    outcome = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )

    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_colours_are_written_as_numbers_in_the_tokens_alone() -> None:
    sheets = [design.STATIC_DIR / name for name in ("frame.css", "document.css")]

    found = {sheet.name: re.findall(r"#[0-9a-f]{3,8}\b(?![^{]*\{)", sheet.read_text()) for sheet in sheets}

    assert found == {"frame.css": [], "document.css": []}


def test_every_icon_used_in_the_frame_is_drawn() -> None:
    drawn = set(
        re.findall(r"^\.i-([a-z0-9-]+) ", (design.STATIC_DIR / "icons.css").read_text(), re.MULTILINE)
    )
    sources = [*ROOT.glob("components/*.py"), *ROOT.glob("components/*.js"), *design.STATIC_DIR.glob("*.js")]

    used = {name for path in sources for name in re.findall(r'\bicon\("([a-z0-9-]+)"', path.read_text())}
    used |= {
        name for path in sources for name in re.findall(r'class="i i-([a-z0-9-]+)[ "]', path.read_text())
    }

    assert used - drawn == set()
