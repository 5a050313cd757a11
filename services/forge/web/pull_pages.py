"""Pull requests in a browser."""

from __future__ import annotations

from html import escape

from starlette.responses import Response
from starlette.routing import Route

from services.forge import times
from services.forge.accounts import existing_user
from services.forge.comments import list_comments
from services.forge.git_diffs import diff_text, patch_text
from services.forge.git_history import between
from services.forge.pulls import PullFilter, list_pulls, pull_range, pull_request
from services.forge.records import CheckState, Pull, Repository
from services.forge.refusals import not_found
from services.forge.state import Forge
from services.forge.web.browse import commit_rows, diff_html, heading, link, visited
from services.forge.web.layout import rows
from services.forge.web.visit import Visit, page_route

MERGING = {
    CheckState.CHECKING: "It is being checked whether this can be merged.",
    CheckState.MERGEABLE: "This can be merged.",
    CheckState.CONFLICT: "This conflicts with its base branch.",
}


def _state(pull: Pull) -> str:
    word = "merged" if pull.is_merged else pull.state
    return f'<span class="tag {"open" if pull.is_open else "closed"}">{word}</span>'


def pull_list(visit: Visit) -> Response:
    """All pull requests, newest first."""
    repository = visited(visit)
    items = [
        f"{link(f'/{repository.full_name}/pulls/{pull.number}', f'#{pull.number} {pull.title}')}{_state(pull)}"
        f'<span class="soft">{escape(existing_user(visit.forge, pull.author_id).login)}, '
        f"{times.iso(pull.created_at)[:10]}</span>"
        for pull in list_pulls(visit.forge, repository, PullFilter(state="all"))
    ]
    body = heading(repository, "Pull requests") + rows(items, "There are no pull requests yet.")
    return visit.page(f"{repository.full_name}: pull requests", body)


def _asked(visit: Visit) -> tuple[Repository, Pull]:
    repository = visited(visit)
    text = visit.part("number")
    if not text.isdecimal() or len(text) > 18:
        raise not_found()
    return repository, pull_request(visit.forge, repository, int(text))


def pull_page(visit: Visit) -> Response:
    """One pull request: what it says, its conversation, its commits and its changes."""
    repository, pull = _asked(visit)
    git = visit.forge.git(repository)
    base, head = pull_range(git, pull)
    path = visit.forge.store.path(repository.owner_login, repository.name)
    author = existing_user(visit.forge, pull.author_id)
    merging = f"<p>{MERGING[CheckState(pull.check_state)]}</p>" if pull.is_open else ""
    body = (
        f"{heading(repository, 'Pull requests')}<h1>{escape(pull.title)} <span class=soft>#{pull.number}</span></h1>"
        f"<p>{_state(pull)} <span class=soft>{escape(author.full_name or author.login)} wants to merge "
        f"<code>{escape(pull.head)}</code> into <code>{escape(pull.base)}</code>, "
        f"{times.iso(pull.created_at)[:10]}</span></p>"
        + (f"<pre>{escape(pull.body)}</pre>" if pull.body else "")
        + merging
        + _conversation(visit.forge, repository, pull)
        + f"<h2>Commits</h2>{commit_rows(repository, git, between(path, base, head))}"
        + f"<h2>Changes</h2>{diff_html(diff_text(path, base, head))}"
    )
    return visit.page(pull.title, body)


def _conversation(forge: Forge, repository: Repository, pull: Pull) -> str:
    said = [
        f'<p class="soft">{escape(existing_user(forge, each.author_id).login)}, {times.iso(each.created_at)[:10]}</p>'
        f'<pre id="issuecomment-{each.id}">{escape(each.body)}</pre>'
        for each in list_comments(forge, repository, pull.number)
    ]
    return f"<h2>Conversation</h2>{''.join(said)}" if said else ""


def pull_text(visit: Visit) -> Response:
    """The changes as a diff or as mailed patches."""
    repository, pull = _asked(visit)
    if visit.part("kind") not in {"diff", "patch"}:
        raise not_found()
    base, head = pull_range(visit.forge.git(repository), pull)
    produce = diff_text if visit.part("kind") == "diff" else patch_text
    path = visit.forge.store.path(repository.owner_login, repository.name)
    return Response(produce(path, base, head), media_type="text/plain; charset=utf-8")


def pull_routes(forge: Forge) -> list[Route]:
    """The routes of pull requests in a browser."""
    base = "/{owner}/{name}/pulls"
    return [
        page_route(forge, base, pull_list),
        page_route(forge, f"{base}/{{number}}.{{kind}}", pull_text),
        page_route(forge, f"{base}/{{number}}", pull_page),
    ]
