"""How a text that is being written is sent to those who look at it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from components.document import Splice, splice

TEXTS = st.text(alphabet="ab🙂é\n", max_size=40)


def spliced(before: str, change: Splice) -> str:
    """What the browser makes of it, in its own units."""
    units = before.encode("utf-16-le")
    start, end = 2 * change["at"], 2 * (change["at"] + change["cut"])
    return (units[:start] + change["put"].encode("utf-16-le") + units[end:]).decode("utf-16-le")


def test_only_what_changed_is_sent() -> None:
    change = splice("<p>One 🙂 two</p>", "<p>One 🙂 two, three</p>")

    assert change == Splice(at=13, cut=0, put=", three", length=24)


@given(before=TEXTS, after=TEXTS)
def test_the_browser_has_the_newer_text_afterwards(before: str, after: str) -> None:
    change = splice(before, after)

    assert spliced(before, change) == after
    assert len(after.encode("utf-16-le")) == 2 * change["length"]
