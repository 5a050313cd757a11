"""A whole small world: a running forge with an organisation, a meta repository and people, and the use-cases.

`world` runs a test on each database. No webhook arrives unless a test delivers one.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.domain.actors import Actor, Role
from services.domain.entry import Entry, compose_entry
from services.domain.identifiers import Login, OperationId, PullNumber, Repository, Slug, UserId
from services.gitea.bot import Bot
from services.gitea.client import GiteaClient
from services.store.queries import events, users
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.accounts import GiteaProfile, sign_in
from services.usecases.assemble import close_context, open_context
from services.usecases.context import Context
from services.usecases.propose import OpenedIdea, propose
from services.usecases.rate_limits import Limited, RateLimits
from tests.support.databases import TEMPLATE
from tests.support.factories import proposal
from tests.support.forge import RunningForge, running_forge
from tests.support.postgres import Cluster
from tests.support.shaking import shake_if_asked

PEOPLE = {"owner": Role.OWNER, "moderator": Role.ADMIN} | dict.fromkeys(
    ("writer", "reviewer", "reader"), Role.CONTRIBUTOR
)
"""Who lives here, and as what; passwords are the logins."""
BOT = "rfc-bot"
APP_URL = "http://rfc.example.org"
NUMBERS = itertools.count(1)
GENEROUS = dict.fromkeys(Limited, "1000 per minute")


@dataclass(frozen=True)
class Population:
    """A forge with people in it, shared by all tests of a run."""

    forge: RunningForge
    token: str
    gitea_ids: dict[str, int]

    def profile(self, login: str) -> GiteaProfile:
        """What Gitea says of somebody."""
        return GiteaProfile(
            id=self.gitea_ids[login],
            login=Login(login),
            email=f"{login}@example.org",
            display_name=f"{login.capitalize()} Person",
            avatar_url="",
        )


@dataclass
class World:
    """What a test acts in; `meta` is this test's own repository in an organisation of its own."""

    forge: RunningForge
    population: Population
    context: Context
    org: str
    meta: Repository
    people: dict[str, Actor] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The open database."""
        return self.context.store

    def __getattr__(self, login: str) -> Actor:
        """`world.writer` is the actor of that login."""
        if login in PEOPLE:
            return self.people[login]
        raise AttributeError(login)

    def profile(self, login: str) -> GiteaProfile:
        """What Gitea says of somebody."""
        return self.population.profile(login)

    async def propose(self, by: str = "writer", op_id: OperationId | None = None, **words: str) -> OpenedIdea:
        """Somebody proposes; `words` are those of `factories.proposal`."""
        return await propose(self.context, actor=self.people[by], proposal=proposal(**words), op_id=op_id)

    async def again(self, login: str) -> Actor:
        """Somebody as the database knows them now."""
        async with self.store.read() as work:
            return await _known(work, login)

    async def rows(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Every row of a table, for comparing."""
        async with self.store.read() as work:
            connection = work._connection
            result = await connection.exec_driver_sql(f"SELECT {columns} FROM {table}")
            return sorted((tuple(row) for row in result), key=repr)

    async def newest_event(self) -> int:
        """The id of the last event committed, whether or not the bus has told it yet."""
        async with self.store.read() as work:
            return await events.last_id(work)

    async def run_sql(self, statement: str) -> None:
        """Change the database behind the product's back."""
        async with self.store.write() as work:
            await work._connection.exec_driver_sql(statement)

    # ——— what others do on Gitea itself ———

    def api(self, method: str, path: str, **options: Any) -> Any:
        """Ask the forge as its admin; `path` is below this world's meta repository."""
        answer = self.forge.admin.request(method, f"/api/v1/repos/{self.meta}/{path}", **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content.strip() else None

    def write_file(
        self, path: str, content: str | bytes, *, branch: str = "main", new_branch: str | None = None
    ) -> None:
        """Somebody commits one file on Gitea, new or changed."""
        data = content.encode() if isinstance(content, str) else content
        present = self.forge.admin.get(f"/api/v1/repos/{self.meta}/contents/{path}", params={"ref": branch})
        body: dict[str, Any] = {
            "content": base64.b64encode(data).decode(),
            "branch": branch,
            "message": f"Write {path}",
        }
        if new_branch:
            body["new_branch"] = new_branch
        if present.status_code == 200:
            self.api("PUT", f"contents/{path}", json=body | {"sha": present.json()["sha"]})
        else:
            self.api("POST", f"contents/{path}", json=body)

    def remove_file(self, path: str) -> None:
        """Somebody deletes a file of main on Gitea."""
        sha = self.api("GET", f"contents/{path}")["sha"]
        self.api("DELETE", f"contents/{path}", json={"sha": sha, "branch": "main", "message": f"Drop {path}"})

    def write_entry(self, slug: str, title: str = "", body: str = "Text.\n", **more: Any) -> None:
        """Somebody commits an entry to main on Gitea."""
        entry = Entry(slug=Slug(slug), title=title or slug.capitalize(), body=body, **more)
        self.write_file(f"rfcs/{slug}.md", compose_entry(entry))

    def open_idea_on_gitea(self, slug: str, content: str | bytes | None = None) -> PullNumber:
        """Somebody opens an idea PR on Gitea, without the product."""
        text = content or compose_entry(Entry(slug=Slug(slug), title=slug.capitalize(), body="By hand.\n"))
        self.write_file(f"rfcs/{slug}.md", text, new_branch=f"by-hand-{slug}")
        body = {"head": f"by-hand-{slug}", "base": "main", "title": f"Add {slug}", "body": "Please."}
        return PullNumber(self.api("POST", "pulls", json=body)["number"])

    def merge_on_gitea(self, number: int) -> None:
        """Somebody merges a PR on Gitea."""
        self.api("POST", f"pulls/{number}/merge", json={"Do": "merge"})

    def close_on_gitea(self, number: int, *, state: str = "closed") -> None:
        """Somebody closes (or reopens) a PR on Gitea."""
        self.api("PATCH", f"pulls/{number}", json={"state": state})

    def pulls_on_gitea(self) -> list[dict[str, Any]]:
        """All PRs, by number."""
        return sorted(self.api("GET", "pulls", params={"state": "all"}), key=lambda pull: int(pull["number"]))


async def _known(work: Work, login: str) -> Actor:
    row = await users.find_by_login(work, login=login)
    assert row is not None
    return Actor(
        id=row.id, login=row.gitea_login, display_name=row.display_name, role=row.role, muted=row.muted
    )


async def eventually(question: Callable[[], Awaitable[object]], *, seconds: float = 30) -> None:
    """Ask again until the answer is true; fails the test if that takes too long."""
    async with asyncio.timeout(seconds):
        while not await question():  # noqa: ASYNC110  (the answer is in a database)
            await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Population]:
    """One forge for all tests of the run; each test has an organisation of its own."""
    shake_if_asked()
    with running_forge(tmp_path_factory) as forge:
        ids = {
            login: int(forge.create_user(login, full_name=f"{login.capitalize()} Person")["id"])
            for login in PEOPLE
        }
        forge.create_user(BOT, "bot-password")
        yield Population(forge, forge.create_token(BOT, "bot-password"), ids)


@pytest.fixture(scope="session")
def inhabited_sqlite(
    sqlite_template: Path, population: Population, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite database to copy, everybody signed in once."""
    path = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("inhabited") / "rfc.db")
    asyncio.run(_inhabit(f"sqlite+aiosqlite:///{path}", population))
    return path


@pytest.fixture(scope="session")
def inhabited_postgres(postgres_cluster: Cluster, population: Population) -> str:
    """The name of a PostgreSQL database to copy, everybody signed in once."""
    name = postgres_cluster.create(template=TEMPLATE)
    asyncio.run(_inhabit(postgres_cluster.url(name), population))
    return name


async def _inhabit(url: str, population: Population) -> None:
    store = await Store.open(url)
    context = await context_on(store, population.forge.url, population.token, "nobody")
    people = {login: (await sign_in(context, profile=population.profile(login))).actor for login in PEOPLE}
    async with store.write() as work:
        for login, role in PEOPLE.items():
            await users.set_role(work, user_id=UserId(people[login].id), role=role)
    await close_context(context)
    await store.close()


@pytest.fixture
async def world(population: Population, store: Store) -> AsyncIterator[World]:
    """The world of one test, with everybody signed in once."""
    forge = population.forge
    org = f"org{next(NUMBERS)}"
    forge.create_org(org)
    forge.add_to_owners(org, BOT)
    answer = forge.admin.post(f"/api/v1/orgs/{org}/repos", json={"name": "meta", "auto_init": True})
    assert answer.status_code == 201, answer.text
    context = await context_on(store, forge.url, population.token, org)
    made = World(forge, population, context, org, context.meta)
    async with store.read() as work:
        made.people |= {login: await _known(work, login) for login in PEOPLE}
    yield made
    forge.faults.clear()
    await close_context(context)


async def context_on(store: Store, gitea_url: str, token: str, org: str) -> Context:
    """The use-cases on this store and Gitea, as another process would open them."""
    meta = Repository(f"{org}/meta")
    client = GiteaClient(gitea_url, token)
    return await open_context(
        store=store,
        gitea=client,
        bot=Bot(client, org=org, meta=meta, gitea_url=gitea_url, bot_login=BOT),
        org=org,
        meta=meta,
        owner_login="owner",
        gitea_url=gitea_url,
        app_url=APP_URL,
        limits=RateLimits(GENEROUS),
    )
