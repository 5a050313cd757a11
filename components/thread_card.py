"""A thread about a passage as HTML: its quote, how sure its place is, what was said, what can be done (§8.14)."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from components.design import icon
from components.people import time_html
from components.shell import avatar
from services.domain.anchors import Certainty
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_message
from services.domain.side import Side
from services.store.queries.threads import ThreadKind, ThreadState
from services.usecases.views.annotations import AnnotationView
from services.usecases.views.parts import MessageView

LONGEST_QUOTE = 400
"""Characters of a passage that its card shows; the text shows the rest."""
_MOVED = "Moved with its passage"
_LOST = {
    Side.AFTER: "This passage is no longer in the text.",
    Side.BEFORE: "What the changes start from does not have this passage any more.",
}


def thread_html(thread: AnnotationView, base: LinkBase) -> str:
    """Everything of the card but the box to reply in and what stands below it."""
    said = "".join(_message_html(message, base) for message in thread.messages)
    return f'{_head_html(thread)}<div class="r-thread__body">{_quote_html(thread)}{_place_html(thread)}{said}</div>'


def foot_html(thread: AnnotationView, *, asks: bool) -> str:
    """The buttons; `asks`: whether a model can be asked on this page."""
    judged = thread.judge.allowed
    if thread.state is ThreadState.RESOLVED:
        return _button("reopen", "rotate-cw", "Reopen", "thread-reopen") if judged else ""
    parts = []
    if thread.kind is ThreadKind.FLAG:
        if asks and thread.span is not None and thread.side is Side.AFTER:
            parts.append(_button("ask", "", "Ask AI to resolve", "thread-ask"))
        if judged:
            parts.append(_button("discuss", "", "Discuss", "thread-discuss"))
    if judged:
        parts.append(_button("resolve", "check", "Resolve", "thread-resolve"))
    return "".join(parts)


def label_of(thread: AnnotationView) -> str:
    """What a screen reader calls the card."""
    kind = "Flag" if thread.kind is ThreadKind.FLAG else "Thread"
    return f"{kind} on “{_brief(_passage_of(thread))}”"


def _head_html(thread: AnnotationView) -> str:
    if thread.kind is ThreadKind.FLAG:
        what = f'{icon("flag", "i-14")}<b class="r-strong">Flag</b>'
    else:
        what = f"{icon('message-square', 'i-14')}<span>Thread</span>"
    if thread.side is Side.BEFORE:
        what += '<span class="r-sure">on removed words</span>'
    moved = ""
    if thread.certainty is Certainty.MOVED:
        moved = f'<span class="r-sure" title="{_MOVED}">{icon("arrow-down-up", "i-12")} moved</span>'
    state = f'<span class="r-sure">{icon("check", "i-12")} resolved</span>' if _is_resolved(thread) else moved
    when = f'<span class="r-grow"></span>{time_html(thread.opened_at)}'
    return f'<header class="r-thread__head">{what}{state}{when}</header>'


def _quote_html(thread: AnnotationView) -> str:
    words = escape(_brief(_passage_of(thread)))
    if thread.side is Side.BEFORE and not thread.kept:
        words = f"<del>{words}</del>"
    if thread.shown is None or _is_resolved(thread):
        return f'<q class="r-quote r-thread__quote">{words}</q>'
    return (
        '<button type="button" class="r-quote r-thread__quote" data-do="passage" '
        f'aria-label="Show the passage in the text"><q>{words}</q></button>'
    )


def _place_html(thread: AnnotationView) -> str:
    """What is asked or offered about the thread as a whole."""
    if thread.is_orphan:
        return _note("unlink", _LOST[thread.side])
    if thread.kept:
        return _note("circle-check", "These words are in the text again.")
    offer = (
        _note("check", "A change made in this thread was accepted. Is it settled?")
        if thread.offers_resolve
        else ""
    )
    if thread.certainty is Certainty.UNCERTAIN and not _is_resolved(thread):
        return offer + _question_html(thread)
    return offer


def _question_html(thread: AnnotationView) -> str:
    now = f' It reads now: <q class="r-thread__now">{escape(_brief(thread.reads))}</q>'
    if not thread.asked:
        who = escape(thread.opened_by.name if thread.opened_by else "whoever opened the thread")
        return _note(
            "circle-help", f"The passage has changed.{now} {who} can say whether this belongs to it."
        )
    buttons = (
        '<span class="r-thread__acts">'
        + _button("confirm", "check", "Still right", "thread-confirm")
        + _button("detach", "x", "Not any more", "thread-detach")
        + "</span>"
    )
    return _note("circle-help", f"The passage has changed. Does this still belong to it?{now}{buttons}")


def _note(glyph: str, html: str) -> str:
    return f'<div class="r-note r-note--warn r-thread__note">{icon(glyph)}<span>{html}</span></div>'


def _button(act: str, glyph: str, label: str, testid: str) -> str:
    drawn = f"{icon(glyph, 'i-14')} " if glyph else ""
    return (
        f'<button type="button" class="r-btn r-btn--small" data-do="{act}" data-testid="{testid}">'
        f"{drawn}{label}</button>"
    )


def _message_html(message: MessageView, base: LinkBase) -> str:
    name = message.author.name if message.author else message.model_name or "Somebody"
    picture = avatar(name, message.author.avatar_url if message.author else "")
    login = f' title="@{escape(message.author.login)}"' if message.author else ""
    return (
        f'<article class="r-msg" data-testid="thread-message" data-message="{message.id}">{picture}'
        f'<header class="r-msg__head"><b{login}>{escape(name)}</b>{time_html(message.at)}</header>'
        f'<div class="r-msg__body">{_body(message.body, base)}</div></article>'
    )


@lru_cache(maxsize=4096)
def _body(text: str, base: LinkBase) -> str:
    return render_message(text, base=base)


def _passage_of(thread: AnnotationView) -> str:
    """The passage as it reads now, where that is certain; else as it was."""
    sure = thread.certainty in (Certainty.EXACT, Certainty.MOVED)
    return (thread.reads if sure else "") or thread.quote_reads


def _is_resolved(thread: AnnotationView) -> bool:
    return thread.state is ThreadState.RESOLVED


def _brief(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE].rstrip()}…"
