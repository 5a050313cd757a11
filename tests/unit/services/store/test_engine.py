"""Which database an address names."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.store.engine import sqlite_file, storage_url, to_json
from services.store.work import lock_key


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:////data/rfc.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////data/rfc.db", "sqlite+aiosqlite"),
        ("postgresql://db/rfc", "postgresql+psycopg"),
        ("postgresql+psycopg://db/rfc", "postgresql+psycopg"),
        ("postgresql+asyncpg://db/rfc", "postgresql+psycopg"),
    ],
)
def test_the_driver_is_the_one_the_product_comes_with(text: str, driver: str) -> None:
    assert storage_url(text).drivername == driver


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(
        ValueError, match="^DATABASE_URL names the database “mysql”; SQLite and PostgreSQL are"
    ):
        storage_url("mysql://db/rfc")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:////data/rfc.db", "/data/rfc.db"),
        ("sqlite:///data/rfc.db", "data/rfc.db"),
        ("sqlite:///file:/data/rfc.db?mode=ro&uri=true", "/data/rfc.db"),
    ],
)
def test_the_file_of_an_sqlite_address(text: str, path: str) -> None:
    assert sqlite_file(storage_url(text)) == Path(path)


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///:memory:"])
def test_a_memory_database_is_no_storage(text: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        sqlite_file(storage_url(text))


def test_equal_values_are_equal_json() -> None:
    assert to_json({"b": 1, "a": ["ä"]}) == to_json({"a": ["ä"], "b": 1}) == '{"a":["ä"],"b":1}'


def test_lock_keys_are_stable_and_fit_postgres() -> None:
    keys = [lock_key(name) for name in ("events", "migrate", "serve")]

    assert keys == [lock_key(name) for name in ("events", "migrate", "serve")]
    assert len(set(keys)) == 3
    assert [-(2**63) <= key < 2**63 for key in keys] == [True] * 3
