"""Whether the number and the name that somebody chose are free, and the people there (§13.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass

from services.domain.errors import Invalid
from services.domain.graduation import check_number, check_owners, check_repo_name, next_number, rfc_id
from services.domain.identifiers import Repository
from services.store.queries import catalog, sagas, users
from services.store.queries.catalog import RfcSummary
from services.store.work import Work
from services.usecases.context import Context

NUMBER_PREFIX = "number "


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong with each field, in words; None where nothing is."""

    number: str | None
    repo: str | None
    owners: str | None


async def check_typed(context: Context, *, number: str, repo: str, owners: str) -> Checked:
    """The live checks of the dialog; raises Upstream where Gitea has to be asked and fails."""
    return Checked(
        number=await _problem(_check_number(context, number)),
        repo=await _problem(_check_repo(context, repo)),
        owners=await _problem(_check_owners(context, owners)),
    )


async def free_number(work: Work) -> int:
    """The next number that neither an entry nor a running graduation has."""
    rows = await catalog.list_rows(work)
    kept = await sagas.claimed(work, prefix=NUMBER_PREFIX)
    return next_number(
        [row.number for row in rows if row.number is not None]
        + [int(name.removeprefix(NUMBER_PREFIX)) for name in kept]
    )


async def require_number_free(work: Work, number: int) -> None:
    """Raise Invalid where an entry has the number."""
    row = await entry_numbered(work, number)
    if row is not None:
        raise Invalid(f"{rfc_id(number)} is “{row.title}”.", field="number")


async def entry_numbered(work: Work, number: int) -> RfcSummary | None:
    """The entry that has a number."""
    return next((row for row in await catalog.list_rows(work) if row.number == number), None)


async def require_repository_free(context: Context, repo: Repository) -> None:
    """Raise Invalid where Gitea has a repository of this name; raises Upstream."""
    if await context.gitea.repositories.get(repo) is not None:
        raise Invalid(f"There is a repository {repo} already.", field="repo")


async def require_people(context: Context, logins: Iterable[str]) -> tuple[str, ...]:
    """The logins as they are written on Gitea; raises Invalid for one that nobody has, and Upstream."""
    found: list[str] = []
    for login in logins:
        person = await _login_of(context, login)
        if person is None:
            raise Invalid(f"Nobody on Gitea is called {login}.", field="owners")
        found.append(person)
    return tuple(dict.fromkeys(found))


def number_claim(number: int) -> str:
    """The name under which a graduation keeps its number."""
    return f"{NUMBER_PREFIX}{number}"


def repository_claim(repo: Repository) -> str:
    """The name under which a graduation keeps its repository's name; Gitea doesn't tell case apart."""
    return f"repository {repo.lower()}"


async def _login_of(context: Context, login: str) -> str | None:
    async with context.store.read() as work:
        known = await users.find_by_login(work, login=login)
    if known is not None:
        return known.gitea_login
    found = await context.gitea.accounts.by_login(login)
    return None if found is None else found.login


async def _check_number(context: Context, text: str) -> None:
    number = check_number(text)
    async with context.store.read() as work:
        await require_number_free(work, number)
        if await sagas.holder_of(work, name=number_claim(number)) is not None:
            raise Invalid("Another graduation that runs now has this number.", field="number")


async def _check_repo(context: Context, text: str) -> None:
    repo = Repository(f"{context.org}/{check_repo_name(text)}")
    await require_repository_free(context, repo)
    async with context.store.read() as work:
        if await sagas.holder_of(work, name=repository_claim(repo)) is not None:
            raise Invalid("Another graduation that runs now has this name.", field="repo")


async def _check_owners(context: Context, text: str) -> None:
    await require_people(context, check_owners(text))


async def _problem(check: Awaitable[None]) -> str | None:
    try:
        await check
    except Invalid as error:
        return error.message
    return None
