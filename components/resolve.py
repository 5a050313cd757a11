"""The page on which a conflict is resolved (§10.9): how the replay went, and sentence by sentence what to choose."""

from __future__ import annotations

from html import escape

from components.design import icon
from components.people import person_html
from components.word_diff import words_html
from services.domain.merge import Choice, Clash
from services.domain.replay import ResolutionState, StepState
from services.usecases.views.resolution import ClashView, ResolutionView

BEGIN, TAKE, OPEN, ASK, WRITE, AGAIN, WITHDRAW = "begin", "take", "open", "ask", "write", "again", "withdraw"
_LABELS = {Choice.THEIRS: "Main", Choice.MINE: "This PR", Choice.BOTH: "Both"}
_SEEN = "seen-all"


def wording_of(clash: ClashView, choice: Choice) -> str:
    """What a clash reads with this choice."""
    return Clash("", clash.mine, clash.theirs).chosen(choice)


def bar_html(view: ResolutionView) -> str:
    """The bar: back to the pull request, and that nothing is lost."""
    pull = view.pull
    back = f"/rfc/{escape(pull.slug)}/pr/{pull.number}"
    branch = (
        f'{icon("git-branch", "i-14")}<code class="r-clip">{escape(view.branch)}</code>'
        if view.branch
        else ""
    )
    return (
        f'<a class="r-btn r-btn--quiet r-back" href="{back}">{icon("chevron-left")}'
        f'<span class="r-num">#{pull.number}</span></a>'
        f'<span class="r-line r-clip">{branch}</span><span class="r-grow"></span>'
        '<span class="r-state r-state--ok r-hide-s">Every choice is kept as you make it</span>'
    )


def page_html(view: ResolutionView, preview: str) -> str:
    """Everything below the bar; `preview` is the text as it will read, as trusted HTML."""
    clashes = "".join(_clash(view, clash) for clash in view.clashes)
    return f"{_head(view)}{_steps(view)}{clashes}{_foot(view)}{_preview(preview)}"


def _preview(html: str) -> str:
    if not html:
        return ""
    return (
        '<h2 class="r-h2">How it will read</h2>'
        f'<div class="r-doc r-doc--preview" data-testid="resolve-preview">{html}</div>'
    )


def _head(view: ResolutionView) -> str:
    return (
        f'<div class="r-kicker"><span class="r-chip r-chip--warn">{icon("triangle-alert")} Conflict</span>'
        f"<span>PR #{view.pull.number} against main</span></div>"
        f'<h1 class="r-title r-title--small" data-testid="resolve-title">Resolve “{escape(view.pull.title)}”</h1>'
        f'<p class="r-resolve__story">{_story(view)}</p>'
    )


def _story(view: ResolutionView) -> str:
    moved = "Main moved on while this pull request was open."
    if view.branch is None:
        return (
            f"{moved} Its commits can be replayed one by one on what main says now, each with its author. "
            "You are asked only about sentences that both sides changed."
        )
    if view.clashes:
        asked = _count(len(view.clashes), "passage")
        need = "needs" if len(view.clashes) == 1 else "need"
        return f"{moved} {asked} changed on both sides and {need} you."
    return moved if view.nothing_left else f"{moved} Nothing is left to choose."


def _so_far(view: ResolutionView) -> str:
    """How many commits are over, and of how many of these nothing came."""
    count, over = len(view.steps), sum(step.state in _OVER for step in view.steps)
    empty = sum(step.state is StepState.SKIPPED for step in view.steps)
    done = f"{over} of {count} commit{'' if count == 1 else 's'} replayed"
    if not empty:
        return done
    of = "it" if count == 1 else "any of them" if empty == count else f"{empty} of them"
    return f"{done}; nothing of {of} was left to do"


_OVER = (StepState.DONE, StepState.SKIPPED)


def _count(number: int, noun: str) -> str:
    return f"One {noun}" if number == 1 else f"{number} {noun}s"


_STEP_LOOKS = {
    StepState.DONE: ("circle-check", "replayed"),
    StepState.SKIPPED: ("x", "nothing of it is left to do"),
    StepState.ASKED: ("triangle-alert", "needs you"),
    StepState.WAITING: ("clock", "waits"),
}


def _steps(view: ResolutionView) -> str:
    if not view.steps:
        return ""
    items = "".join(
        f'<li class="r-line">{icon(_STEP_LOOKS[step.state][0], "i-14")}'
        f'<span class="r-clip">{escape(step.subject)}</span>'
        f'<span class="r-muted">{escape(step.author)}, {_STEP_LOOKS[step.state][1]}</span></li>'
        for step in view.steps
    )
    return (
        f'<details class="r-replay" data-testid="resolve-steps"><summary class="r-line r-soft">{icon("circle-check")}'
        f"<span>{_so_far(view)}</span></summary><ul>{items}</ul></details>"
    )


def _clash(view: ResolutionView, clash: ClashView) -> str:
    done = " data-done" if clash.chosen is not None else ""
    return (
        f'<section class="r-clash"{done} data-testid="clash" aria-label="Conflict {clash.index + 1}">'
        f'<input type="hidden" id="{_seen(clash)}" value="{escape(clash.seen)}">'
        f'<header class="r-clash__head"><b class="r-strong">{clash.index + 1} of {len(view.clashes)}</b>'
        f'<span class="r-muted">{escape(clash.section)}</span></header>'
        f'<div class="r-clash__two">{_side("Main", words_html(clash.their_pieces))}'
        f"{_side(_LABELS[Choice.MINE], words_html(clash.mine_pieces))}</div>{_will(clash)}{_choices(view, clash)}"
        "</section>"
    )


def _seen(clash: ClashView) -> str:
    """The field that says to the server how these sentences were shown when somebody chose."""
    return f"seen-{clash.index}"


def _will(clash: ClashView) -> str:
    if clash.chosen is None:
        return ""
    by = (
        f'<span class="r-muted r-nowrap" data-testid="clash-chosen-by">chosen by {person_html(clash.chosen_by)}</span>'
        if clash.chosen_by is not None
        else ""
    )
    return (
        '<div class="r-clash__base"><span class="r-label">Will read</span>'
        '<span class="r-q r-grow" data-testid="clash-wording">'
        f"{words_html(clash.chosen_pieces) or _nothing()}</span>{by}</div>"
    )


def _side(name: str, html: str) -> str:
    return (
        f'<div class="r-clash__side"><div class="r-line r-soft">{name}</div><p>{html or _nothing()}</p></div>'
    )


def _nothing() -> str:
    return '<span class="r-muted">taken out</span>'


def _choices(view: ResolutionView, clash: ClashView) -> str:
    if not view.may.allowed:
        return f'<footer class="r-clash__foot"><span class="r-hint">{escape(view.may.why_not or "")}</span></footer>'
    buttons = "".join(
        f'<button type="button" role="radio" aria-checked="{str(_is_chosen(clash, choice)).lower()}" data-wait '
        f'data-do="{choice}:{clash.index}" data-with="{_seen(clash)}" data-testid="conflict-{choice}">{label}</button>'
        for choice, label in _LABELS.items()
    )
    return (
        '<footer class="r-clash__foot"><div class="r-seg" role="radiogroup" aria-label="Which to keep">'
        f'{buttons}</div><span class="r-grow"></span>{_ask(view, clash)}</footer>{_written(clash)}'
    )


def _written(clash: ClashView) -> str:
    """A field for a wording that neither side has; what is typed stays while the page moves."""
    field = f"write-{clash.index}"
    present = (clash.mine if clash.chosen is None else clash.chosen).strip()
    return (
        f'<details class="r-clash__own" id="own-{clash.index}" data-keep><summary class="r-line r-soft" '
        f'data-testid="conflict-write">{icon("pencil", "i-14")} Write it myself</summary>'
        f'<textarea class="r-input" id="{field}" data-keep rows="4" maxlength="20000" '
        f'aria-label="What this passage is to read, in markdown" data-testid="conflict-text">{escape(present)}'
        '</textarea><p class="r-line"><span class="r-hint r-grow">Markdown. Empty takes the passage out.</span>'
        f'<button type="button" class="r-btn r-btn--small" data-wait data-do="{WRITE}:{clash.index}" '
        f'data-with="{_seen(clash)} {field}" data-testid="conflict-use">Use this wording</button></p></details>'
    )


def _is_chosen(clash: ClashView, choice: Choice) -> bool:
    return clash.chosen is not None and clash.chosen.strip() == wording_of(clash, choice).strip()


def _ask(view: ResolutionView, clash: ClashView) -> str:
    if view.ask is None:
        return (
            f'<span class="r-hint" id="why-not-ask-{clash.index}">{escape(view.why_not_ask)}</span>'
            '<button type="button" class="r-btn r-btn--small" aria-disabled="true" data-testid="conflict-ask" '
            f'aria-describedby="why-not-ask-{clash.index}">Ask AI</button>'
        )
    return (
        f'<button type="button" class="r-btn r-btn--small" data-wait data-do="{ASK}:{clash.index}" '
        f'data-with="{_seen(clash)}" data-testid="conflict-ask">Ask {escape(view.ask.name)}</button>'
    )


def _foot(view: ResolutionView) -> str:
    if not view.may.allowed:
        why = escape(view.may.why_not or "")
        return f'<p class="r-note" data-testid="resolve-note">{icon("info")}<span>{why}</span></p>'
    words, act, label, off = _next(view)
    shown = f' data-with="{_SEEN}"' if act == TAKE else ""
    disabled = ' aria-disabled="true"' if off else f' data-do="{act}"{shown} data-wait'
    return (
        f'<input type="hidden" id="{_SEEN}" value="{escape(view.seen)}"><div class="r-line">'
        f'<span class="r-soft r-grow" role="status" data-testid="resolve-left">{words}</span>{_again(view)}'
        f'<button type="button" class="r-btn r-btn--primary" data-testid="resolve-{act}"{disabled}>'
        f"{label}</button></div>"
    )


def _again(view: ResolutionView) -> str:
    if view.branch is None:
        return ""
    return (
        f'<button type="button" class="r-btn r-btn--quiet" data-do="{AGAIN}" data-wait data-testid="resolve-again" '
        'data-ask="Start again?" data-ask-label="Start again" data-ask-more="What was chosen so far is given up and '
        f'the branch {escape(view.branch)} is deleted. The pull request is then replayed anew on what main says now.">'
        f"{icon('rotate-cw')} Start again</button>"
    )


def _next(view: ResolutionView) -> tuple[str, str, str, bool]:
    """What is said beside the button, what the button does and says, and whether it is off."""
    if view.branch is None:
        return (
            "Nothing changes in the pull request until the new one is merged.",
            BEGIN,
            "Start resolving",
            False,
        )
    if view.clashes:
        left = view.undecided
        words = f"{_count(left, 'passage')} left." if left else "Everything here is decided."
        return words, TAKE, "Keep these wordings", bool(left)
    if view.state is not ResolutionState.READY:
        return "The replay has stopped on its way.", BEGIN, "Go on", False
    if view.nothing_left:
        return _nothing_left(view)
    return f"The new PR will say “Supersedes: #{view.pull.number}”.", OPEN, "Open the new PR", False


def _nothing_left(view: ResolutionView) -> tuple[str, str, str, bool]:
    words = "Main says all of it already, so there is nothing to propose."
    if not view.pull.withdraw.allowed:
        words += " Whoever opened the pull request, or an arbiter, can withdraw it."
    return words, WITHDRAW, f"Withdraw #{view.pull.number}", not view.pull.withdraw.allowed
