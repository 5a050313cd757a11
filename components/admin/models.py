"""The admin's record of models: how many proposals each made, and how people took them (§6.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from components.admin.parts import filter_html, option_html, table_html
from components.card_parts import badge_html
from services.domain.change import ACCEPTED, Outcome
from services.usecases.views.model_record import ModelRecord, Span

SPANS: Final = {
    Span.WEEK: "Last 7 days",
    Span.MONTH: "Last 30 days",
    Span.QUARTER: "Last 90 days",
    Span.YEAR: "Last year",
    Span.EVER: "Ever",
}
HOW: Final = {
    Outcome.AS_PROPOSED: "as proposed",
    Outcome.EDITED: "after an edit",
    Outcome.IN_PART: "in part",
}
UNDECIDED: Final = {
    Outcome.WAITING: "still wait",
    Outcome.STALE: "overtaken by other edits",
    Outcome.REFUSED: "did not fit the text",
}
NOTE: Final = "Shares are of what people decided; what they undid counts against it"


def models_html(records: Sequence[ModelRecord], span: Span) -> str:
    """The tab's content."""
    options = "".join(option_html(key, label, chosen=key is span) for key, label in SPANS.items())
    field = f'<select class="r-input r-input--quiet" name="span" aria-label="Time">{options}</select>'
    table = table_html(
        ("Model", "Proposed", "Accepted", "Declined", "Not decided", "Why declined"),
        [_row(record) for record in records],
        look="r-table--models",
        empty="No model proposed a change in this time",
    )
    return filter_html("models", (field,), note=NOTE) + table


def _row(record: ModelRecord) -> str:
    return (
        f'<tr data-testid="model-record" data-model-key="{escape(record.key)}"><td><span class="r-line">'
        f"{badge_html(record.sign, record.name)}"
        f'<span class="r-strong">{escape(record.name)}</span></span></td>'
        f"{_cell('Proposed', _number(record.proposed))}{_cell('Accepted', _accepted(record))}"
        f"{_cell('Declined', _declined(record))}{_cell('Not decided', _undecided(record))}"
        f"{_cell('Why declined', _objections(record))}</tr>"
    )


def _cell(head: str, content: str) -> str:
    """A phone shows each head beside its cell."""
    return f'<td data-head="{head}"><div>{content}</div></td>'


def _accepted(record: ModelRecord) -> str:
    if record.share is None:
        return '<span class="r-muted">nothing decided yet</span>'
    how = ", ".join(_counted(record, HOW)) if record.among(ACCEPTED - {Outcome.AS_PROPOSED}) else ""
    return (
        f'<span class="r-share"><b class="r-num">{record.share:.0%}</b>'
        f'<span class="r-meter" aria-hidden="true"><i style="inline-size: {record.share:.1%}"></i></span>'
        f"<span>{_number(record.accepted)} of {_number(record.decided)}</span></span>{_below(how)}"
    )


def _declined(record: ModelRecord) -> str:
    declined, undone = record.outcomes.get(Outcome.DECLINED, 0), record.outcomes.get(Outcome.UNDONE, 0)
    return _number(declined) + _below(f"and {_number(undone)} undone" if undone else "")


def _undecided(record: ModelRecord) -> str:
    return "<br>".join(_counted(record, UNDECIDED)) or _none()


def _objections(record: ModelRecord) -> str:
    reasons = [
        f"“{escape(one.reason)}”"
        + (f' <span class="r-muted">{one.times:,}\u00d7</span>' if one.times > 1 else "")
        for one in record.objections
    ]
    return "<br>".join(reasons) or _none()


def _counted(record: ModelRecord, words: dict[Outcome, str]) -> Iterable[str]:
    found = ((record.outcomes.get(outcome, 0), label) for outcome, label in words.items())
    return [f"{_number(count)} {label}" for count, label in found if count]


def _number(count: int) -> str:
    return f'<span class="r-num">{count:,}</span>'


def _below(words: str) -> str:
    return f'<br><span class="r-muted">{words}</span>' if words else ""


def _none() -> str:
    return '<span class="r-muted">none</span>'
