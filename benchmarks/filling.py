"""Filling a large site's database: most of it inside the database, so that a million rows take seconds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, create_engine, insert, text

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.identifiers import Slug
from services.ops.sample_documents import sample_ideas
from services.store.queries import catalog
from services.store.queries.catalog import RfcRow
from services.store.shape import table_of
from services.store.tables import Action, BranchSetting, CachedBranch, CachedPr
from services.store.unit_of_work import Store
from services.usecases.context import Context
from services.usecases.search_index import index_missing

ACTS, BRANCHES, PULLS, DECISIONS, IDEAS = 1_000_000, 10_000, 4_000, 100_000, 10_000
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-' || ({count} - n.i) || ' minutes')",
    "postgresql": "now() - ({count} - n.i) * interval '1 minute'",
}
"""How each database says that row `i` of `count` was written a minute after the one before."""
NUMBERS = "n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
ACTIONS = """
    INSERT INTO actions (actor_user_id, on_behalf_of, action_kind, rfc_slug, repo, pr_number, details, op_id,
        created_at)
    WITH RECURSIVE {numbers}, kinds(place, kind) AS (VALUES {kinds})
    SELECT CASE WHEN n.i % 5 = 0 THEN NULL ELSE {owner} END, 'owner', kinds.kind, 'entry-' || n.i % {entries}, '{meta}',
        n.i % 900, '{{"n": 1}}', 'op-' || n.i, {moment}
    FROM n JOIN kinds ON kinds.place = n.i % {kind_count} ORDER BY n.i
"""
CHANGES = """
    INSERT INTO changes (rfc_slug, repo, branch_name, kind, model_key, model_name, prompt, original, proposed, edited,
        reason, state, decline_reason, created_at, updated_at)
    WITH RECURSIVE {numbers}
    SELECT 'entry-' || n.i % {entries}, '{meta}', 'edit-1', 'model', 'model-' || n.i % 5, 'Model', '', 'who', 'person',
        CASE WHEN n.i % 10 = 0 THEN 'somebody' END, '', CASE n.i % 3 WHEN 0 THEN 'declined' ELSE 'accepted' END,
        'Reason ' || n.i % 40, {moment}, {moment}
    FROM n
"""


def texts(corpus: Path | None) -> list[tuple[str, str]]:
    """Titles and texts to repeat: the markdown files of a folder, else the sample documents."""
    if corpus is None:
        return [(idea.title, idea.body) for idea in sample_ideas()]
    found = []
    for path in sorted(corpus.rglob("*.md")):
        body = path.read_text(encoding="utf-8")
        title = HEADING.search(body)
        found.append((title[1] if title else path.stem, body))
    return found


async def fill(context: Context, url: str, *, owner: Actor, entries: int, corpus: Path | None) -> None:
    """Write so many entries with their index, a million acts, branches, pull requests, ideas and decided cards."""
    await _fill_catalog(context.store, texts(corpus), entries)
    engine = create_engine(url.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        facts = {"owner": owner.id, "entries": entries, "meta": context.meta}
        _fill_record(connection, facts)
        _fill_branches(connection, facts)
        _fill_ideas(connection, facts)
        connection.execute(text("ANALYZE"))
    engine.dispose()


async def _fill_catalog(store: Store, documents: Sequence[tuple[str, str]], entries: int) -> None:
    repeated = itertools.islice(itertools.cycle(documents), entries)
    rows = [
        RfcRow(
            slug=Slug(f"entry-{number}"),
            title=f"{title} {number // len(documents) + 1}",
            state=EntryState.SUPER_DRAFT,
            body=body,
            blob_sha=f"{number:040x}",
            body_sha=f"{number:040x}",
            last_activity_at=now(),
        )
        for number, (title, body) in enumerate(repeated)
    ]
    for begin in range(0, entries, 250):
        async with store.write() as work:
            await catalog.upsert_many(work, rows=rows[begin : begin + 250])
    await index_missing(store)


def _fill_record(connection: Connection, facts: Mapping[str, object]) -> None:
    kinds = ", ".join(f"({place}, '{kind}')" for place, kind in enumerate(ActionKind))
    more = {"kinds": kinds, "kind_count": len(ActionKind)}
    for statement, count in ((ACTIONS, ACTS), (CHANGES, DECISIONS)):
        moment = MOMENT[connection.dialect.name].format(count=count)
        numbers = NUMBERS.format(count=count)
        connection.execute(text(statement.format(**facts, **more, moment=moment, numbers=numbers)))


def _fill_branches(connection: Connection, facts: Mapping[str, object]) -> None:
    repo, owner, entries = facts["meta"], facts["owner"], int(str(facts["entries"]))
    branches, settings = [], []
    for number in range(BRANCHES):
        there = {"repo": repo, "rfc_slug": f"entry-{number % entries}"}
        at = now() - timedelta(days=number % 20)
        branches.append(
            there
            | {
                "name": f"edit-{number}",
                "head_sha": f"{number:040x}",
                "state": "open",
                "pinned": False,
                "last_commit_at": at,
            }
        )
        settings.append(there | {"branch_name": f"edit-{number}", "created_by": owner, "created_at": at})
    pulls = [
        {
            "repo": repo,
            "pr_number": number + 1,
            "pr_kind": "meta_body_edit",
            "state": "open",
            "rfc_slug": f"entry-{number % entries}",
            "title": f"Say what {number} means",
            "head_branch": f"edit-{number}",
            "opened_at": now(),
            "updated_at": now(),
        }
        for number in range(PULLS)
    ]
    for table, rows in ((CachedBranch, branches), (BranchSetting, settings), (CachedPr, pulls)):
        connection.execute(insert(table_of(table)), rows)


def _fill_ideas(connection: Connection, facts: Mapping[str, object]) -> None:
    """Ideas decided long ago, whose branches are deleted: a site gets ever more of them."""
    ideas, acts = [], []
    for number in range(PULLS + 1, PULLS + IDEAS + 1):
        op_id, merged, at = f"{number:032x}"[::-1], number % 2 == 0, now() - timedelta(days=200)
        branch = f"idea-word-{number}-{op_id[:6]}"
        there = {"repo": facts["meta"], "pr_number": number, "rfc_slug": f"word-{number}"}
        ideas.append(
            there
            | {
                "pr_kind": "idea",
                "state": "merged" if merged else "closed",
                "head_branch": branch,
                "head_sha": f"{number:040x}",
                "merged_at": at if merged else None,
                "opened_at": at,
                "updated_at": at,
                "closed_at": at,
            }
        )
        act = there | {"branch_name": branch, "details": {}, "created_at": at}
        deletion = "delete_post_merge_branch" if merged else "delete_stale_branch"
        acts += [
            act | {"action_kind": "propose_idea", "op_id": op_id},
            act | {"action_kind": deletion, "op_id": f"{number:032x}"},
        ]
    connection.execute(insert(table_of(CachedPr)), ideas)
    connection.execute(insert(table_of(Action)), acts)
