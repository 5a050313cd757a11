"""From table rows to the frozen dataclasses that leave the store, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import UnionType
from typing import TYPE_CHECKING, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from sqlalchemy import Column, RowMapping, Table, select
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Convert = Callable[[object], object]


R = TypeVar("R", bound="DataclassInstance")


class Shape(Generic[R]):
    """How one dataclass is read from, and written to, the columns of the same names.

    `prefix` is what the columns are labelled with in a query that joins several shapes.
    """

    def __init__(self, row_type: type[R], table: Table, *, prefix: str = "") -> None:
        hints = get_type_hints(row_type)
        names = [field.name for field in dataclasses.fields(row_type)]
        self._row_type = row_type
        self._reading = [(name, prefix + name, _reader(hints[name])) for name in names]
        self.names = tuple(names)
        self.columns = tuple(_labelled(table.c[name], prefix) for name in names)
        self.select = select(*self.columns)
        """All rows, to be narrowed down: made once, because naming the columns takes as long as reading a row."""

    def read(self, mapping: RowMapping) -> R:
        """Build the dataclass from one row of a SELECT of `columns`."""
        values = {
            name: mapping[label] if convert is None else convert(mapping[label])
            for name, label, convert in self._reading
        }
        return self._row_type(**values)

    def read_if(self, mapping: RowMapping | None) -> R | None:
        """The same, where there may be no row."""
        return None if mapping is None else self.read(mapping)

    def values(self, row: R) -> dict[str, object]:
        """The column values of one dataclass."""
        return {name: storable(getattr(row, name)) for name in self.names}

    def stored(self, row: R) -> R:
        """The dataclass as it would be read back after storing it."""
        values = self.values(row)
        return self._row_type(
            **{
                name: values[name] if convert is None else convert(values[name])
                for name, _, convert in self._reading
            }
        )


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for statements over its columns."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]


def storable(value: object) -> object:
    """What the database is given for a value.

    A NUL (PostgreSQL) and a lone surrogate (both) can't be stored in a text: they become U+FFFD.
    """
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, tuple | list):
        return [storable(item) for item in value]
    if isinstance(value, Mapping):
        return {str(storable(key)): storable(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return storable(dataclasses.asdict(value))
    return value


def _storable_text(text: str) -> str:
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _labelled(column: Column[object], prefix: str) -> Column[object]:
    return cast("Column[object]", column.label(prefix + column.name)) if prefix else column


def _reader(hint: object) -> Convert | None:
    """What turns a stored value into one of this type; `None` where it is one already."""
    inner = _without_none(hint)
    convert = _reader_of_present(inner)
    if convert is None or inner is hint:
        return convert
    present = convert
    return lambda value: None if value is None else present(value)


def _without_none(hint: object) -> object:
    if get_origin(hint) in (UnionType, Union):
        present = [part for part in get_args(hint) if part is not type(None)]
        return present[0] if len(present) == 1 else hint
    return hint


def _reader_of_present(hint: object) -> Convert | None:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if get_origin(hint) is tuple:
        return _tuple_reader(get_args(hint)[0])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _record_reader(hint)
    return None


def _tuple_reader(item: object) -> Convert:
    read = _reader_of_present(item)
    if read is None:
        return lambda values: tuple(cast("list[object]", values))
    each = read
    return lambda values: tuple(each(value) for value in cast("list[object]", values))


def _record_reader(record: type) -> Convert:
    """A dataclass kept as a JSON object; keys of newer releases are ignored."""
    hints = get_type_hints(record)
    reading = [(field.name, _reader(hints[field.name])) for field in dataclasses.fields(record)]

    def read(value: object) -> object:
        stored = cast("Mapping[str, object]", value)
        known = {name: convert for name, convert in reading if name in stored}
        return record(
            **{name: convert(stored[name]) if convert else stored[name] for name, convert in known.items()}
        )

    return read
