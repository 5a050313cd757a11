"""Fields that a metadata PR and main both changed, and the choice between them (§9.6, §10.9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from html import escape
from typing import Final

from components.metadata_pull import NAMES, value_html
from services.domain.merge import Choice
from services.domain.metadata_clash import FieldClash
from services.domain.permissions import MetadataField
from services.usecases.views.meta_pull import MetaPullView

CHOOSE: Final = "choose"
RENEW: Final = "renew"
_LABELS: Final = {Choice.THEIRS: "Main", Choice.MINE: "This PR", Choice.BOTH: "Both"}

Choices = Mapping[MetadataField, Choice]


def print_of(view: MetaPullView) -> str:
    """A few letters that stand for what there is to choose between."""
    return hashlib.sha256(repr(view.clashes).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def clashes_html(view: MetaPullView, choices: Choices) -> str:
    """Field by field what main says and what the PR wants; whoever may chooses, then opens it anew."""
    if not view.clashes or view.replacement is not None:
        return ""
    fields = "".join(_clash(view, clash, choices) for clash in view.clashes)
    return f'<div data-testid="metadata-clashes">{fields}{_foot(view, choices)}</div>'


def _clash(view: MetaPullView, clash: FieldClash, choices: Choices) -> str:
    name, chosen = NAMES[clash.field], choices.get(clash.field)
    done = " data-done" if chosen is not None else ""
    before = value_html(clash.field, clash.before, view.people)
    will = ""
    if chosen is Choice.BOTH:
        value = value_html(clash.field, clash.chosen(chosen), view.people)
        will = f'<div class="r-clash__base"><span class="r-label">Will be</span><div>{value}</div></div>'
    return (
        f'<section class="r-clash"{done} data-testid="metadata-clash" data-field="{clash.field}" aria-label="{name}">'
        f'<header class="r-clash__head"><b class="r-strong">{name}</b>'
        f'<span class="r-muted r-clash__was">was {before}</span></header><div class="r-clash__two">'
        f"{_side(view, clash, Choice.THEIRS)}{_side(view, clash, Choice.MINE)}</div>{will}"
        f"{_choices(view, clash, chosen)}</section>"
    )


def _side(view: MetaPullView, clash: FieldClash, choice: Choice) -> str:
    value = value_html(clash.field, clash.chosen(choice), view.people)
    label = "Main says now" if choice is Choice.THEIRS else "This PR wants"
    return f'<div class="r-clash__side"><div class="r-line r-soft">{label}</div><div>{value}</div></div>'


def _choices(view: MetaPullView, clash: FieldClash, chosen: Choice | None) -> str:
    if not view.resolve.allowed:
        return ""
    buttons = "".join(
        f'<button type="button" role="radio" aria-checked="{str(choice is chosen).lower()}" '
        f'data-do="{CHOOSE}:{print_of(view)}:{clash.field}:{choice}" data-testid="conflict-{choice}">'
        f"{_LABELS[choice]}</button>"
        for choice in clash.choices
    )
    label = f"Which {NAMES[clash.field].lower()} to keep"
    return (
        '<footer class="r-clash__foot"><div class="r-seg" role="radiogroup" '
        f'aria-label="{label}">{buttons}</div></footer>'
    )


def _foot(view: MetaPullView, choices: Choices) -> str:
    if not view.resolve.allowed:
        return (
            '<p class="r-hint">Whoever opened the PR, or an arbiter, chooses; then it is opened anew.</p>'
            if view.resolve.why_not
            else ""
        )
    left = [NAMES[clash.field].lower() for clash in view.clashes if clash.field not in choices]
    words, off = f"The new PR will say “Supersedes: #{view.number}”.", ""
    if left:
        words, off = f"Choose for {escape(' and '.join(left))}.", ' aria-disabled="true"'
    elif _nothing_left(view, choices):
        words = "With these choices nothing of the PR is left. Withdraw it instead."
        off = ' aria-disabled="true"'
    return (
        f'<div class="r-line r-line--wrap r-clash__end"><span class="r-soft r-grow" id="metadata-left" '
        f'role="status">{words}</span><button type="button" class="r-btn r-btn--primary" '
        f'data-do="{RENEW}:{print_of(view)}" data-wait data-testid="metadata-renew" '
        f'aria-describedby="metadata-left"{off}>Open it anew</button></div>'
    )


def _nothing_left(view: MetaPullView, choices: Choices) -> bool:
    contested = {clash.field for clash in view.clashes}
    return all(change.field in contested for change in view.changes) and all(
        clash.chosen(choices[clash.field]) == clash.theirs for clash in view.clashes
    )
