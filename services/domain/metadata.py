"""What a metadata PR changes: the fields of an entry's front matter that people edit (§9.6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from services.domain.entry import Entry, EntryState, with_front_matter
from services.domain.errors import Invalid
from services.domain.permissions import MetadataField
from services.domain.proposal import check_tags, check_title, is_one_line, parse_tags

Words: TypeAlias = tuple[str, ...] | None
"""The value of a field, of whatever kind: a text is one word, `None` is no line at all."""

MAX_NAMES: Final = 20
MAX_LOGIN: Final = 100
MAX_REASON: Final = 4_000
KEYS: Final[Mapping[MetadataField, str]] = MappingProxyType(
    {
        MetadataField.TITLE: "title",
        MetadataField.TAGS: "tags",
        MetadataField.OWNERS: "owners",
        MetadataField.ARBITERS: "arbiters",
        MetadataField.MODELS: "models",
        MetadataField.FUNDER: "funder",
        MetadataField.WITHDRAWAL: "state",
    }
)
"""The key of the front matter that holds a field."""
LISTS: Final = frozenset(
    {MetadataField.TAGS, MetadataField.OWNERS, MetadataField.ARBITERS, MetadataField.MODELS}
)
_NAMES: Final = {MetadataField.WITHDRAWAL: "state"}


class Described(Protocol):
    """Whatever has the metadata of an entry: the entry itself, its row, a view of it."""

    @property
    def title(self) -> str: ...
    @property
    def state(self) -> EntryState: ...
    @property
    def owners(self) -> tuple[str, ...]: ...
    @property
    def arbiters(self) -> tuple[str, ...]: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def models(self) -> tuple[str, ...] | None: ...
    @property
    def funder(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field, before and after."""

    field: MetadataField
    before: Words
    after: Words


def field_name(field: MetadataField) -> str:
    """What a field is called in sentences."""
    return _NAMES.get(field, field.value)


def words_of(entry: Described, field: MetadataField) -> Words:
    """The value that an entry has in a field."""
    value = getattr(entry, KEYS[field])
    if value is None:
        return None
    return (str(value),) if isinstance(value, str) else tuple(value)


def changes_between(before: Described, after: Described) -> tuple[FieldChange, ...]:
    """The fields in which two versions of an entry differ."""
    pairs = ((field, words_of(before, field), words_of(after, field)) for field in MetadataField)
    return tuple(FieldChange(field=field, before=old, after=new) for field, old, new in pairs if old != new)


def changes_more(before: Entry, after: Entry) -> bool:
    """Whether they differ in anything that a metadata PR must not change: text, number, repository, graduation."""
    same = {key: getattr(before, key) for key in KEYS.values()}
    if dataclasses.replace(after, **same) != before:
        return True
    return before.state is not after.state and after.state not in (
        EntryState.WITHDRAWN,
        standing_state(before.id),
    )


def standing_state(rfc_id: str | None) -> EntryState:
    """The state of an entry with this number that is not withdrawn, or no longer."""
    return EntryState.ACTIVE if rfc_id is not None else EntryState.SUPER_DRAFT


def rewritten(text: str, changes: Iterable[FieldChange]) -> str:
    """The file with the changes and nothing else changed; raises BrokenEntry, with a sentence to show."""
    values: dict[str, str | tuple[str, ...] | None] = {}
    for change in changes:
        one = change.after[0] if change.after else None
        values[KEYS[change.field]] = change.after if change.field in LISTS else one
    return with_front_matter(text, **values)


def moved_fields(entry: Described, changes: Iterable[FieldChange]) -> tuple[MetadataField, ...]:
    """The fields that hold something else by now than what the changes were made from."""
    return tuple(change.field for change in changes if words_of(entry, change.field) != change.before)


def title_of_changes(changes: Iterable[FieldChange], entry_title: str) -> str:
    """What a metadata PR is called: which fields it changes, of which entry."""
    found = tuple(changes)
    for change in found:
        if change.field is MetadataField.WITHDRAWAL:
            verb = "Withdraw" if change.after == (EntryState.WITHDRAWN,) else "Bring back"
            return f"{verb} {entry_title}"
    return f"Change {_listed(field_name(change.field) for change in found)} of {entry_title}"


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def check_field(field: MetadataField, text: str) -> Words:
    """A typed text as the value of a field; raises Invalid with the field's name.

    Whether people and models exist is not checked here. `models` has a grammar of its own: see `check_models`.
    """
    match field:
        case MetadataField.TITLE:
            return (check_title(text),)
        case MetadataField.TAGS:
            return check_tags(text)
        case MetadataField.FUNDER:
            return _one_login(field, text)
        case MetadataField.OWNERS | MetadataField.ARBITERS:
            return _logins(field, text)
        case MetadataField.MODELS:
            return check_models(text)
    raise ValueError(f"{field} is not typed")


def check_models(text: str) -> Words:
    """`all` is no line, `none` an empty list (§6.6), else keys separated by commas."""
    wanted = text.strip()
    if wanted in ("", "all"):
        return None
    return () if wanted == "none" else parse_tags(wanted)


def check_reason(text: str, *, needed: bool) -> str:
    """The trimmed words about a metadata PR, needed for a withdrawal; raises Invalid (field `reason`)."""
    reason = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    if needed and not reason:
        raise Invalid("Say why it is withdrawn: a reason is needed.", field="reason")
    if len(reason) > MAX_REASON:
        raise Invalid(
            f"A reason has at most {MAX_REASON:,} characters; this has {len(reason):,}.", field="reason"
        )
    return reason


def _one_login(field: MetadataField, text: str) -> Words:
    found = _logins(field, text)
    if len(found) > 1:
        raise Invalid("There is one funder at most.", field=field)
    return found or None


def _logins(field: MetadataField, text: str) -> tuple[str, ...]:
    logins = tuple(login.removeprefix("@") for login in parse_tags(text.replace("\n", ",")))
    if len(logins) > MAX_NAMES:
        raise Invalid(f"At most {MAX_NAMES} people, separated by commas.", field=field)
    for login in logins:
        if not login or " " in login or len(login) > MAX_LOGIN or not is_one_line(login):
            raise Invalid(f"“{login[:MAX_LOGIN]}” is not a login. Separate logins by commas.", field=field)
    return logins
