"""What an editor window may ask of a live text, and what it is answered. Bad input never raises."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from services.domain.errors import ProductError
from services.domain.shared_text import InvalidChange, VersionTooOld
from services.domain.shared_text.shared_text import read_changes
from services.usecases.live_texts.live_text import LONGEST_TEXT, MOST_UPDATES_AT_ONCE, LiveText, shown
from services.usecases.live_texts.sessions import EditingSession, Reply

log = logging.getLogger(__name__)


async def answer(text: LiveText, session: EditingSession, message: Mapping[str, object]) -> Reply:
    """Answer one request; an error is an answer with `error` in it."""
    try:
        return await _answer(text, session, message)
    except VersionTooOld:
        return {"error": "too old"}
    except (InvalidChange, UnicodeError) as error:
        log.info("a change by %s was refused: %s", session.name, error)
        return {"error": "invalid"}
    except ProductError as error:
        return {"error": "not stored", "message": error.message}


async def _answer(text: LiveText, session: EditingSession, message: Mapping[str, object]) -> Reply:
    if text.broken:  # what it would take now could not be found again
        return {"error": "not stored", "message": "The text has to be opened again."}
    match message.get("type"):
        case "push":
            return await _push(text, session, message)
        case "pull":
            return _updates_since(text, _number(message, "version"))
        case "cursor":
            return _cursor(text, session, message)
        case "join":
            return _join(text, session, message)
    return {"error": "unknown"}


async def _push(text: LiveText, session: EditingSession, message: Mapping[str, object]) -> Reply:
    if not session.may_edit:
        return {"error": "read only"}
    changes = read_changes(message.get("updates"))
    if len(changes) > MOST_UPDATES_AT_ONCE:
        return {"error": "too many"}
    if len(text.shared) + sum(change.inserted for change in changes) > LONGEST_TEXT:
        return {"error": "too long"}
    cursor = _positions(message.get("cursor")) if message.get("cursor") is not None else ()
    return {"version": await text.push(session, _number(message, "version"), changes, cursor)}


def _cursor(text: LiveText, session: EditingSession, message: Mapping[str, object]) -> Reply:
    version = _number(message, "version")
    anchor, head = (text.shared.map_position(at, version, 1) for at in _positions(message.get("cursor")))
    session.cursor = (anchor, head)
    text.announce({"type": "cursor", "version": text.shared.version, **session.shown()}, besides=session)
    text.on_typed()
    return {}


def _join(text: LiveText, session: EditingSession, message: Mapping[str, object]) -> Reply:
    """First contact or reconnect: what the browser lacks, as updates where its version is still known."""
    shared, state = text.shared, text.state
    others = [other.shown() for other in text.sessions.values() if other is not session and other.connected]
    reply: Reply = {
        "epoch": state.epoch,
        "clientID": session.client_id,
        "mayEdit": session.may_edit,
        "baseline": state.base_text,
        "peers": list(others),
    }
    text.announce({"type": "cursor", "version": shared.version, **session.shown()}, besides=session)
    known = message.get("version") if message.get("epoch") == state.epoch else None
    missed = _missed(text, known)
    if missed is not None:
        reply |= missed
    if missed is None or message.get("text"):
        reply |= {"text": shared.text, "version": shared.version}
    return reply


def _missed(text: LiveText, known: object) -> Reply | None:
    if not isinstance(known, int):
        return None
    try:
        return _updates_since(text, known)
    except (VersionTooOld, InvalidChange):
        return None


def _updates_since(text: LiveText, version: int) -> Reply:
    return {"from": version, "updates": [shown(update) for update in text.shared.updates_since(version)]}


def _number(message: Mapping[str, object], name: str) -> int:
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidChange(f"{name} is not a number")
    return value


def _positions(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or not all(type(at) is int for at in value):
        raise InvalidChange("a cursor is two numbers")
    return value[0], value[1]
