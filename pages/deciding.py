"""From a pressed button of a change card to the use-case that does it (§8.7, §8.10)."""

from __future__ import annotations

from components.card import CardAct, Pressed
from services.domain.actors import Viewer
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import ChangeId, MessageId, Slug
from services.usecases import decide_change
from services.usecases.ask_model import ask_again, retry
from services.usecases.context import Context
from services.usecases.suggest import add_word
from services.usecases.views.changes import ChangeView
from services.usecases.views.talk import TalkView


async def carry_out(context: Context, viewer: Viewer, slug: Slug, view: TalkView, pressed: Pressed) -> None:
    """Do what somebody wants done; raises what the use-case raises."""
    change_id, operation = ChangeId(pressed.id), pressed.operation
    match pressed.act:
        case CardAct.ACCEPT:
            await decide_change.accept(
                context, actor=viewer, change_id=change_id, op_id=operation, text=pressed.text
            )
        case CardAct.ACCEPT_PART:
            await decide_change.accept_part(
                context, actor=viewer, change_id=change_id, sentences=pressed.sentences, op_id=operation
            )
        case CardAct.BOTH:
            await decide_change.keep_both(context, actor=viewer, change_id=change_id, op_id=operation)
        case CardAct.ACCEPT_ALL:
            await _accept_all(context, viewer, MessageId(pressed.id))
        case CardAct.DECLINE:
            await decide_change.decline(context, actor=viewer, change_id=change_id, reason=pressed.text)
        case CardAct.UNDO:
            await decide_change.undo(context, actor=viewer, change_id=change_id, op_id=operation)
        case CardAct.AGAIN:
            await ask_again(
                context, actor=viewer, change_id=change_id, model_key=pressed.text, op_id=operation
            )
        case CardAct.RETRY:
            await retry(context, actor=viewer, message_id=MessageId(pressed.id), op_id=operation)
        case CardAct.ADD_WORD:
            await add_word(context, actor=viewer, slug=slug, word=_card(view, change_id).word)


async def _accept_all(context: Context, viewer: Viewer, set_id: MessageId) -> None:
    """Those before the first that can't be accepted stay accepted."""
    _, stopped = await decide_change.accept_all(context, actor=viewer, set_id=set_id)
    if stopped is not None:
        raise Conflict(stopped)


def _card(view: TalkView, change_id: ChangeId) -> ChangeView:
    card = next((card for card in view.cards if card.id == change_id), None)
    if card is None:
        raise NotFound("There is no such change here.")
    return card
