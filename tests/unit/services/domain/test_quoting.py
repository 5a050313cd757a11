"""A selection in the rendered text is found in its source to the character, or refused in words (§8.12, §8.13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import Invalid
from services.domain.prose_diff import Span
from services.domain.quoting import (
    Reading,
    Selection,
    Shown,
    locate_selection,
    reading_as_written,
    reading_of,
    shown_at,
    with_marks,
    words_at,
)
from services.domain.quoting.inline import squeezed
from services.domain.quoting.selection import CHANGED, CROSSES, NOTHING, TOO_MUCH
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import LONGEST_FORMATTED, render_document
from tests.support.rendered import visible_text

DOCUMENT = """# Human

A **bold** word, `code x` and [a link](http://a.example/word "t") word &amp; \\* RFC-12, @ana <http://x.example/z>
second line with *emph*ase, ~~gone~~ and a_b_c **alone.[^1] \U0001f600 汉字 e\u0301

- [x] done item
- item `two`
  continues here

  > quoted **text**
  > more

| a | b \\| c |
|---|---|
| one | two **x** |

```py
def f():
\treturn 1
```

[^1]: The note says.
    More of it.

Term
:   Definition here

1. one ![picture](http://elsewhere.example/a.png)
2. two

## Head *it* ##

Setext
------
Last words.
"""


def selected(text: str, quote: str, *, line: int = 1, before: int = 0, **around: str) -> str:
    """The source of what a browser says was selected."""
    span = locate_selection(reading_of(text), Selection(line=line, before=before, quote=quote, **around))
    return text[span.start : span.end]


def refusal(text: str, quote: str, *, line: int = 1, before: int = 0, **around: str) -> str:
    with pytest.raises(Invalid) as caught:
        selected(text, quote, line=line, before=before, **around)
    assert caught.value.field == "selection"
    return caught.value.message


def test_the_server_reads_what_the_browser_shows() -> None:
    assert reading_of(DOCUMENT).shown == squeezed(
        visible_text(render_document(DOCUMENT, base=LinkBase()).html)
    )


def test_every_shown_character_stands_where_the_reading_says() -> None:
    reading = reading_of(DOCUMENT)
    places = list(zip(reading.shown, reading.starts, strict=True))
    assert [item for item in places if DOCUMENT[item[1]] not in (item[0], "&", "\\")] == []


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("bold word", "bold** word"),
        ("code x and a link", "code x` and [a link"),
        ("a link word", 'a link](http://a.example/word "t") word'),
        ("word & *", "word &amp; \\*"),
        ("@ana http://x.example/z second", "@ana <http://x.example/z>\nsecond"),
        ("emphase, gone", "emph*ase, ~~gone"),
        ("**alone.", "**alone."),
        ("\U0001f600 汉字 e\u0301", "\U0001f600 汉字 e\u0301"),
        ("two continues here", "two`\n  continues here"),
        ("quoted text more", "quoted **text**\n  > more"),
        ("b | c", "b \\| c"),
        ("one two x", "one | two **x"),
        ("def f(): return 1", "def f():\n\treturn 1"),
        ("note says. More of it", "note says.\n    More of it"),
        ("Definition", "Definition"),
        ("Head it", "Head *it"),
        ("Setext Last", "Setext\n------\nLast"),
    ],
)
def test_a_selection_is_found_in_its_source(quote: str, source: str) -> None:
    assert selected(DOCUMENT, quote) == source


def marked(text: str, quote: str) -> str:
    """The source of a selection with the marks that belong to it."""
    reading = reading_of(text)
    span = with_marks(reading, locate_selection(reading, Selection(line=1, before=0, quote=quote)))
    return text[span.start : span.end]


OFFER = "- **Offer** it when asked, marked as a record.\n- **Let go**: see [forgetting](forgetting.md).\n"


@pytest.mark.parametrize(
    ("text", "quote", "source"),
    [
        (OFFER, "Offer it when asked, marked as a record.", "**Offer** it when asked, marked as a record."),
        (OFFER, "Let go: see forgetting", "**Let go**: see [forgetting](forgetting.md)"),
        (OFFER, "record. Let", "record.\n- **Let go**"),
        (OFFER, "Offer", "**Offer**"),
        (OFFER, "ffe", "ffe"),
        (OFFER, "fer it", "**Offer** it"),
        (OFFER, "it when", "it when"),
        ("# A *fine* `head` #\n", "fine head", "*fine* `head`"),
        ("Head *it*\n---\n", "Head it", "Head *it*"),
        ("a ***b*** c", "b", "***b***"),
        ("a ***b*** c", "b c", "***b*** c"),
        ("a ***b* d** c", "b", "*b*"),
        ("a ***b* d** c", "d c", "***b* d** c"),
        ("a __b *d e* f__ g", "e f", "*d e* f"),
        ("a [**b**](x) c", "a b", "a [**b**](x)"),
        ("a **[b](x (t) 'y') d** c", "d c", "**[b](x (t) 'y') d** c"),
        ("a [b](x 'y) z') c", "b c", "[b](x 'y) z') c"),
        ("a [b [c]][r] d [r] e\n\n[r]: http://x.example/ 'T'", "b [c] d r", "[b [c]][r] d [r]"),
        ("see <http://x.example/z> and", "see http://x.example/z", "see <http://x.example/z>"),
        ("a ~~b c~~ d", "c d", "~~b c~~ d"),
        ("a `` `b` `` d", "`b` d", "`` `b` `` d"),
        ("a `b\nc` d", "a b c", "a `b\nc`"),
        ("a ` ``b `` ` d", "``b `` d", "` ``b `` ` d"),
        ("\U0001f600 *\U0001f600 b* c", "\U0001f600 b c", "*\U0001f600 b* c"),
        ("One.\r\n\r\n- **two\r\n  three** four\r\n", "three four", "**two\r\n  three** four"),
        ("> a\n> **b\n> c** d", "a b c", "a\n> **b\n> c**"),
        ("| a | **b \\| c** d |\n|---|---|\n| *e* | f |", "b | c d e", "**b \\| c** d |\n|---|---|\n| *e*"),
        ("- [x] **done** it", "done it", "**done** it"),
        ("a \\*b\\* **c", "*b* **c", "\\*b\\* **c"),
        ("a **b**![p](x) c", "a b", "a **b**"),
    ],
)
def test_a_passage_takes_the_marks_that_belong_to_its_words(text: str, quote: str, source: str) -> None:
    assert marked(text, quote) == source


PARAGRAPH = (
    "Some **bold *and* word**, `code x` ***both* here** and [a **link** to](http://a.example/z 't') "
    "<http://x.example/z> ~~gone *now*~~ \U0001f600 `end`"
)


@given(st.data())
def test_a_passage_with_its_marks_reads_the_same_by_itself(data: st.DataObject) -> None:
    reading = reading_of(PARAGRAPH)
    start = data.draw(st.integers(0, len(reading.shown) - 1))
    end = data.draw(st.integers(start + 1, len(reading.shown)))
    span = Span(reading.starts[start], reading.ends[end - 1])

    whole = with_marks(reading, span)

    assert whole.start <= span.start < span.end <= whole.end
    assert with_marks(reading, whole) == whole
    alone = reading_of(PARAGRAPH[whole.start : whole.end]).shown
    assert alone == squeezed(words_at(reading, PARAGRAPH, whole))


def test_a_source_shown_as_written_has_no_marks_beside_its_words() -> None:
    span = Span(4, 9)
    assert with_marks(reading_as_written("a **bold** b"), span) == span


@given(st.data())
def test_what_is_found_is_shown_there_again(data: st.DataObject) -> None:
    reading = reading_of(DOCUMENT)
    start = data.draw(st.integers(0, len(reading.shown) - 1))
    end = data.draw(st.integers(start + 1, min(len(reading.shown), start + 60)))
    line, begin = max((item for item in reading.lines.items() if item[1] <= start), key=lambda item: item[1])
    shown = Shown(line=line, before=start - begin, length=end - start, quote=reading.shown[start:end])

    try:
        span = locate_selection(reading, Selection(line=line, before=shown.before, quote=shown.quote))
    except Invalid:
        crossing = list(reading.starts[start:end])
        assert crossing != sorted(crossing)
    else:
        assert shown_at(reading, span) == shown


def test_the_place_decides_between_equal_words() -> None:
    text = "one one one\n\none"
    spans = [
        locate_selection(reading_of(text), Selection(line=line, before=before, quote="one"))
        for line, before in ((1, 0), (1, 3), (1, 6), (3, 0))
    ]
    assert [span.start for span in spans] == [0, 4, 8, 13]


def test_a_text_that_moved_under_the_reader_is_found_by_its_only_place() -> None:
    assert selected("A new line.\n\nThe rule holds.", "rule holds", line=1, before=3) == "rule holds"


def test_equal_words_in_a_text_that_moved_are_told_apart_by_what_is_around_them() -> None:
    text = "New.\n\nFirst the rule holds.\n\nThen the rule holds."
    assert refusal(text, "rule holds", line=9) == CHANGED
    span = locate_selection(
        reading_of(text), Selection(line=9, before=0, quote="rule holds", prefix="Then the ", suffix=".")
    )
    assert span == Span(38, 48)


@pytest.mark.parametrize(
    ("quote", "words"),
    [(" \n", NOTHING), ("x" * 20_001, TOO_MUCH), ("nowhere", CHANGED), ("Last words. The note", CROSSES)],
)
def test_what_can_not_be_placed_is_refused_in_words(quote: str, words: str) -> None:
    assert refusal(DOCUMENT, quote) == words


def test_windows_line_ends_and_tabs_keep_their_places() -> None:
    assert selected("One.\r\n\r\n-\ttwo *three*\r\n\tfour\r\n", "two three four") == "two *three*\r\n\tfour"


def test_nothing_is_shown_of_a_mark_alone() -> None:
    assert shown_at(reading_of("a **b** c"), Span(2, 4)) is None


def test_a_text_too_long_to_format_is_read_as_it_is_written() -> None:
    text = "*word* " * (LONGEST_FORMATTED // 7 + 1)
    assert selected(text, "*word*", line=1, before=6) == "*word*"


@pytest.mark.parametrize(
    ("quote", "words"),
    [("bold word", "bold word"), ("code x and a link", "code x and a link"), ("one two x", "one two x")],
)
def test_a_passage_reads_as_people_see_it(quote: str, words: str) -> None:
    reading = reading_of(DOCUMENT)
    span = locate_selection(reading, Selection(line=1, before=0, quote=quote))
    assert words_at(reading, DOCUMENT, span) == words


def test_an_empty_text_shows_nothing() -> None:
    assert reading_of("") == Reading("", reading_of("").starts, reading_of("").ends, {}, reading_of("").order)
