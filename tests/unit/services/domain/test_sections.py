"""Where sections begin and end in the source, as readers see the document (§8.5, §8.7)."""

from __future__ import annotations

from services.domain.prose_diff import Span
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_document
from services.domain.sections import section_at, section_span, sections_of

TEXT = """# Human

Preamble.

## One *word*

First.

### Deep

Deeper.

```text
# not a heading
```

Setext
------

Last 😀 words.
"""


def part(heading: str) -> str:
    (found,) = [section for section in sections_of(TEXT, "Human") if section.heading.text == heading]
    return TEXT[found.span.start : found.span.end]


def test_a_section_takes_in_the_lower_ones_and_ends_with_the_next_of_its_level() -> None:
    assert part("One word") == TEXT[TEXT.index("## One") : TEXT.index("Setext")]
    assert part("Deep") == TEXT[TEXT.index("### Deep") : TEXT.index("Setext")]
    assert part("Setext") == TEXT[TEXT.index("Setext") :]


def test_numbers_and_anchors_are_those_of_the_rendered_document() -> None:
    for title in ("Human", "Another"):
        rendered = render_document(TEXT, base=LinkBase(), title=title).headings
        assert tuple(section.heading for section in sections_of(TEXT, title)) == rendered


def test_a_place_is_in_its_innermost_section_and_in_none_above_the_first_heading() -> None:
    sections = sections_of(TEXT, "Human")
    deep = section_at(sections, TEXT.index("Deeper"))

    assert deep is not None
    assert (deep.heading.number, deep.heading.text) == ("1.1", "Deep")
    assert section_at(sections, TEXT.index("Preamble")) is None


def test_the_section_of_a_place_above_the_first_heading_is_all_up_to_it() -> None:
    assert section_span(TEXT, 3, "Human") == Span(0, TEXT.index("## One"))
    assert section_span("No heading at all.", 3) == Span(0, 18)
