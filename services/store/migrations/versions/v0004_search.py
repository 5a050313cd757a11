"""Full-text search: the passages of every text on main, and the database's own index over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_search"
down_revision = "0003_pulls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its index; the next sweep fills both."""
    op.create_table(
        "search_sections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("title_words", sa.String(), nullable=False),
        sa.Column("heading_words", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_sections"),
    )
    op.create_index("ix_search_sections_slug", "search_sections", ["slug"])
    if op.get_bind().dialect.name == "postgresql":
        _postgres_index()
    else:
        _sqlite_index()


def _sqlite_index() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(title_words, heading_words, words,"
        " content='search_sections', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 0', prefix='3')"
    )
    op.execute(
        "CREATE TRIGGER search_sections_added AFTER INSERT ON search_sections BEGIN"
        " INSERT INTO search_index(rowid, title_words, heading_words, words)"
        " VALUES (new.id, new.title_words, new.heading_words, new.words); END"
    )
    op.execute(
        "CREATE TRIGGER search_sections_removed AFTER DELETE ON search_sections BEGIN"
        " INSERT INTO search_index(search_index, rowid, title_words, heading_words, words)"
        " VALUES ('delete', old.id, old.title_words, old.heading_words, old.words); END"
    )


def _postgres_index() -> None:
    op.execute(
        "ALTER TABLE search_sections ADD COLUMN vector tsvector GENERATED ALWAYS AS ("
        "setweight(to_tsvector('simple'::regconfig, title_words), 'A')"
        " || setweight(to_tsvector('simple'::regconfig, heading_words), 'B')"
        " || setweight(to_tsvector('simple'::regconfig, words), 'D')) STORED"
    )
    op.execute("CREATE INDEX search_sections_vector ON search_sections USING gin (vector)")
