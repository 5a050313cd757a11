"""What stands in the document column when a page can't be shown: what happened, and what to do next (§14, §17)."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way on: a link, or with `act` a button of the frame."""

    label: str
    path: str = ""
    act: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageError:
    """A failure told to people: `status` is the HTTP status, the first step the most likely one."""

    status: int
    title: str
    text: str
    steps: tuple[Step, ...] = ()


def page_error_html(error: PageError) -> str:
    """The document column, complete with its landmark."""
    steps = "".join(_step(step, index) for index, step in enumerate(error.steps))
    line = f'<div class="r-line r-line--wrap">{steps}</div>' if steps else ""
    return (
        '<main class="r-col" id="main" data-col="document" tabindex="-1"><div class="r-scroll">'
        f'<div class="r-error" data-testid="page-error"><p class="r-num r-muted">{error.status}</p>'
        f"<h1>{escape(error.title)}</h1><p>{escape(error.text)}</p>{line}</div></div></main>"
    )


_LOOKS = (" r-btn--primary", "", " r-btn--quiet")


def _step(step: Step, index: int) -> str:
    look = _LOOKS[min(index, len(_LOOKS) - 1)]
    if step.act:
        return (
            f'<button type="button" class="r-btn{look}" data-act="{escape(step.act)}" '
            f'data-title="{escape(step.title)}">{escape(step.label)}</button>'
        )
    return f'<a class="r-btn{look}" href="{escape(step.path)}">{escape(step.label)}</a>'
