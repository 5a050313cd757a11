"""The versions of a text as a list to choose two from, and what stands above their difference."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.design import icon
from components.people import person_html, time_html
from services.domain.pull import PullKind
from services.usecases.views.history import ComparisonView, HistoryView, VersionView


def history_address(slug: str) -> str:
    """The page of an entry's versions."""
    return f"/rfc/{slug}/history"


def bar_html(history: HistoryView, *, comparing: bool) -> str:
    """Where one is, and from a comparison the way back to the list."""
    address = f"/rfc/{escape(history.slug)}"
    here = (
        f'<a class="r-soft" href="{address}/history">History</a>'
        '<span class="r-muted" aria-hidden="true">/</span><b class="r-nowrap">Two versions</b>'
        if comparing
        else "<b>History</b>"
    )
    return (
        '<nav class="r-line r-clip" aria-label="You are here" data-testid="rfc-breadcrumb">'
        f'<a class="r-num r-soft" href="{address}">{escape(history.rfc_id or history.slug)}</a>'
        f'<span class="r-muted" aria-hidden="true">/</span>{icon("history", "i-14")}{here}</nav>'
        '<span class="r-grow"></span>'
    )


def list_html(history: HistoryView, problem: str = "") -> str:
    """Every version, newest first, with two rows of choices; `problem` is why what was asked for can't be shown."""
    many = len(history.versions) > 1
    rows = "".join(_row(history, index, many=many) for index in range(len(history.versions)))
    note = f'<p class="r-note r-note--warn" role="alert" data-testid="history-problem">{escape(problem)}</p>'
    cut = (
        ""
        if history.complete
        else '<p class="r-hint">There are too many commits to read them all; Gitea has the older ones.</p>'
    )
    compare = (
        '<p class="r-line"><span class="r-soft r-grow">Choose any two: the first circle is what you compare with, '
        'the second what you look at.</span><button type="submit" class="r-btn r-btn--primary" '
        'data-testid="history-compare">Compare</button></p>'
        if many
        else '<p class="r-soft">There is one version so far, so there is nothing to compare it with.</p>'
    )
    return (
        f'{note if problem else ""}<h1 class="r-title r-title--small" data-testid="rfc-title">'
        f'{escape(history.title)}</h1><form action="{history_address(escape(history.slug))}">{compare}'
        f'<ol class="r-list r-versions" data-testid="history-list">{rows}</ol>{cut}</form>'
    )


def _row(history: HistoryView, index: int, *, many: bool) -> str:
    version = history.versions[index]
    sha, is_first = version.commit_sha, index == len(history.versions) - 1
    choices = (
        _radio("from", sha, f"Compare with {_called(version)}", checked=index == 1)
        + _radio("to", sha, f"Look at {_called(version)}", checked=index == 0)
        if many
        else ""
    )
    shown = (
        escape(version.subject)
        if is_first
        else f'<a href="{history_address(escape(history.slug))}?to={sha}" title="What it changed">'
        f"{escape(version.subject)}</a>"
    )
    return (
        f'<li class="r-in" data-testid="history-row"><span class="r-line">{choices}</span>'
        f'<span><span class="r-in__what">{shown}</span><span class="r-in__where r-line r-line--wrap">{_who(version)}'
        f'{_marks(history, version)}</span></span><span class="r-in__side">'
        f'<a href="/api/rfcs/{escape(history.slug)}/raw?ref={sha}" title="This version’s markdown">'
        f"<code>{sha[:7]}</code></a>{time_html(version.at)}</span></li>"
    )


def _radio(name: str, sha: str, label: str, *, checked: bool) -> str:
    return (
        f'<input type="radio" name="{name}" value="{sha}" id="history-{name}-{sha}" data-keep '
        f'aria-label="{escape(label)}" title="{escape(label)}" '
        f'data-testid="history-{name}"{" checked" if checked else ""}>'
    )


def _called(version: VersionView) -> str:
    return f"“{version.subject}” of {version.at:%-d %b %Y} ({version.commit_sha[:7]})"


def _who(version: VersionView) -> str:
    pull, merger = version.pull, version.merged_by
    if pull is None:
        return person_html(version.author)
    number = f'<a href="{escape(pull.address)}">{"idea" if pull.kind is PullKind.IDEA else "PR"} #{pull.number}</a>'
    merged = f"<span>merged by {escape(merger.name)}</span>" if merger else ""
    return f"{person_html(version.author)} {number} {merged}"


def _marks(history: HistoryView, version: VersionView) -> str:
    parts = []
    if version.is_metadata:
        parts.append('<span class="r-chip">metadata only</span>')
    if version.home.has_front_matter and not history.versions[0].home.has_front_matter:
        parts.append('<span class="r-chip">as a super-draft</span>')
    return "".join(parts)


def comparison_head_html(history: HistoryView, compared: ComparisonView, tally: str) -> str:
    """What is compared with what."""
    lines = "".join(
        f'<li class="r-line r-line--wrap"><span class="r-muted">{word}</span> <b>{escape(version.subject)}</b>'
        f"{_who(version)} <code>{version.commit_sha[:7]}</code> {time_html(version.at, long=True)}</li>"
        for word, version in (("from", compared.before), ("to", compared.after))
    )
    return (
        f'<div class="r-pullhead"><h1 class="r-title r-title--small" data-testid="rfc-title">{escape(history.title)}'
        f'</h1><ul class="r-soft" data-testid="history-compared">{lines}</ul>{tally}</div>'
    )


def names_of(versions: Sequence[VersionView]) -> tuple[str, str]:
    """What the two sides are called."""
    before, after = (f"{version.at:%-d %b %Y} {version.commit_sha[:7]}" for version in versions)
    return before, after
