"""Events as rows of the log keep them: a kind by its name, and ids as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from services.domain.events import (
    AnswerEnded,
    AnswerStarted,
    BranchChanged,
    BranchCut,
    CatalogChanged,
    ChangeBegun,
    ChangeDecided,
    ChangeProposed,
    EntryChanged,
    Event,
    IdeasChanged,
    JsonValue,
    MessagePosted,
    MuteChanged,
    NotificationsChanged,
    PullChanged,
    RecordGrew,
    RoleChanged,
    SagaMoved,
    SessionsEnded,
    SyncChanged,
    TextFlushed,
    ThreadChanged,
    WordingChosen,
)


class MalformedEvent(ValueError):
    """A stored event that this code does not know, for example one of a newer release."""


_KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        CatalogChanged,
        IdeasChanged,
        PullChanged,
        WordingChosen,
        EntryChanged,
        BranchCut,
        BranchChanged,
        MessagePosted,
        ThreadChanged,
        ChangeProposed,
        ChangeBegun,
        ChangeDecided,
        AnswerStarted,
        AnswerEnded,
        TextFlushed,
        SagaMoved,
        RoleChanged,
        MuteChanged,
        NotificationsChanged,
        SessionsEnded,
        SyncChanged,
        RecordGrew,
    )
}


def event_ids(event: Event) -> dict[str, JsonValue]:
    """The ids of an event as they are stored: JSON, tuples as lists."""
    return {field.name: _stored(getattr(event, field.name)) for field in dataclasses.fields(event)}


def event_from(kind: str, ids: Mapping[str, JsonValue]) -> Event:
    """The event that was stored; keys of newer releases are ignored. Raises MalformedEvent."""
    event_type = _KINDS.get(kind)
    if event_type is None:
        raise MalformedEvent(f"unknown event kind {kind!r}")
    known = {field.name for field in dataclasses.fields(event_type)}
    try:
        return event_type(**{name: _read(value) for name, value in ids.items() if name in known})
    except TypeError as error:
        raise MalformedEvent(f"{kind} lacks an id: {error}") from error


def _stored(value: str | int | tuple[str | int, ...] | None) -> JsonValue:
    return list(value) if isinstance(value, tuple) else value


def _read(value: JsonValue) -> str | int | float | tuple[JsonValue, ...] | None:
    if isinstance(value, dict):
        raise MalformedEvent("an id is not a mapping")
    return tuple(value) if isinstance(value, list) else value
