"""A person's own change cards, and the words an RFC calls right (§8.12, §18.2)."""

from __future__ import annotations

import re

from services.domain.actors import Actor
from services.domain.anchors import place
from services.domain.audit import ActionKind
from services.domain.branch import MAIN
from services.domain.change import ChangeKind
from services.domain.change_protocol import Located, ProposedChange, Reach, Refusal, locate, standing_once
from services.domain.clock import now
from services.domain.errors import Invalid
from services.domain.events import ChangeProposed
from services.domain.identifiers import ChangeId, Slug, ThreadId
from services.domain.permissions import may_comment, may_talk_on_branch
from services.domain.proposal import check_card_text, check_reason
from services.domain.prose_diff import Span
from services.domain.restoring import restored
from services.domain.side import Side
from services.domain.trailers import new_operation_id
from services.store.queries import changes, events, watches, words
from services.store.queries.changes import NewChange
from services.store.work import Work
from services.usecases.base_text import base_text
from services.usecases.context import Context
from services.usecases.people import entitled
from services.usecases.present_text import PresentText, place_standing, present_text
from services.usecases.rate_limits import Limited
from services.usecases.record import record_action
from services.usecases.texts import home_of_branch
from services.usecases.views.entry import find_entry

STANDS = "That is what the text says there now."
_WORD = re.compile(r"[^\W\d_][\w’'-]{0,78}")


async def suggest(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    branch: str | None,
    span: Span,
    proposed: str,
    reason: str = "",
    thread_id: ThreadId | None = None,
    side: Side = Side.AFTER,
) -> ChangeId:
    """Propose another wording for a passage: a card that the branch's people decide on.

    `span` is in code points of the present text, or of what the branch started from (`side`): then the card puts the
    wording where those words would stand. Raises NotFound, NotSignedIn, Muted, Forbidden (also where the branch
    is closed or deleted), RateLimited, and Invalid (field `text`) when nothing would change, or `reason`.
    """
    wording = check_card_text(proposed)
    why = check_reason(reason) if reason.strip() else ""
    async with context.store.read() as work:
        await _suggester(work, context, actor, slug, branch)
    present = await present_text(context, slug=slug, branch=branch)
    if side is Side.BEFORE:
        found = await _restoring(context, slug, branch, present, span, wording)
    else:
        found = _fitting(present, span, ProposedChange(_passage(present.text, span), wording, why))
    async with context.store.write() as work:
        person = await _suggester(work, context, actor, slug, branch)
        context.limits.count(Limited.COMMENT, person.login)
        home = await home_of_branch(work, context.meta, await find_entry(work, slug), branch or MAIN)
        card = NewChange(
            rfc_slug=slug,
            repo=home.repo,
            branch_name=branch,
            thread_id=thread_id,
            kind=ChangeKind.PERSON,
            asked_by=person.id,
            original=found.original,
            proposed=found.replacement,
            reason=why,
            anchor=place(present.text, found.span.start, found.span.end, present.commit_sha),
        )
        return await _store(work, context, person, card)


async def add_word(context: Context, *, actor: Actor | None, slug: Slug, word: str) -> bool:
    """Take a word for right in one RFC; False when it was. Raises Invalid (field `word`), NotSignedIn, Muted."""
    plain = word.strip()
    if not _WORD.fullmatch(plain):
        raise Invalid("That is not a word.", field="word")
    async with context.store.write() as work:
        person = await entitled(work, may_comment, actor, act="add a word")
        entry = await find_entry(work, slug)
        context.limits.count(Limited.COMMENT, person.login)
        added = await words.add(work, slug=entry.slug, word=plain, added_by=person.id)
        if added:
            await record_action(
                work,
                context,
                actor_user_id=person.id,
                on_behalf_of=person.login,
                kind=ActionKind.ADD_WORD,
                op_id=new_operation_id(),
                slug=slug,
                details={"word": plain},
            )
    return added


async def _suggester(
    work: Work, context: Context, actor: Actor | None, slug: Slug, branch: str | None
) -> Actor:
    standing = await place_standing(work, context, slug=slug, branch=branch, viewer=actor)
    return await entitled(work, may_talk_on_branch, actor, standing, act="suggest a change")


def _passage(text: str, span: Span) -> str:
    if not 0 <= span.start < span.end <= len(text):
        raise Invalid("The passage is no longer there.", field="text")
    return text[span.start : span.end]


async def _restoring(
    context: Context, slug: Slug, branch: str | None, present: PresentText, struck: Span, wording: str
) -> Located:
    """The change that puts a wording where struck words would stand; raises Invalid where nothing would change."""
    if not wording.strip():
        raise Invalid("These words are removed already. Write what should stand there.", field="text")
    base = await base_text(context, slug=slug, branch=branch)
    _passage(base.text, struck)
    diff = await context.places.diff(base.text, present.text)
    found = restored(diff, base.text, present.text, struck, wording)
    if found.original == found.replacement:
        raise Invalid(STANDS, field="text")
    return _once(found, present)


def _once(found: Located, present: PresentText) -> Located:
    alone = standing_once(found, present.text)
    if isinstance(alone, Refusal):
        raise Invalid(alone.sentence, field="text")
    return alone


def _fitting(present: PresentText, span: Span, change: ProposedChange) -> Located:
    """The change, widened until its passage stands once; raises Invalid where it does not fit."""
    found = locate(change, present.text, Reach(span, whole=False))
    if isinstance(found, Refusal):
        raise Invalid(found.sentence, field="text")
    return _once(_with_its_blank(found, present.text), present)


def _with_its_blank(found: Located, text: str) -> Located:
    """Words that are taken out take one blank beside them along, so that none is left over."""
    start, end = found.span.start, found.span.end
    if found.replacement:
        return found
    if text[start - 1 : start] == " " and text[end : end + 1] in ("", " ", "\n"):
        start -= 1
    elif text[end : end + 1] == " " and text[start - 1 : start] in ("", "\n"):
        end += 1
    return Located(Span(start, end), text[start:end], "")


async def _store(work: Work, context: Context, person: Actor, card: NewChange) -> ChangeId:
    slug, branch = card.rfc_slug, card.branch_name
    change_id = await changes.insert(work, card)
    await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=ActionKind.SUGGEST_CHANGE,
        op_id=new_operation_id(),
        slug=slug,
        branch=branch,
        details={"change": change_id} | ({"reason": card.reason} if card.reason else {}),
    )
    await watches.set_watching(work, user_id=person.id, slug=slug, at=now())
    await events.append(work, ChangeProposed(slug, branch, change_id))
    return change_id
