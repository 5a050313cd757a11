"""Looking at repositories in a browser: what there is, files, branches and commits."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import pygit2
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.forge import times
from services.forge.accounts import find_user
from services.forge.api.history import raw_answer
from services.forge.branches import resolve
from services.forge.git_diffs import diff_text
from services.forge.git_history import commit_list, last_commits
from services.forge.git_refs import branches
from services.forge.git_store import run_git
from services.forge.git_trees import Entry, commit_of, entry_at, listing, read_blob
from services.forge.records import Repository
from services.forge.refusals import Refused, not_found
from services.forge.repositories import (
    Access,
    access,
    find_repository,
    list_repositories,
    renamed_repository,
    visible_repositories,
)
from services.forge.state import Forge
from services.forge.web.layout import rows
from services.forge.web.visit import Visit, page_route

COMMITS_PER_PAGE = 50
SHOWN_BYTES = 500_000
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def visited(visit: Visit) -> Repository:
    """The repository of the path; 404 when the visitor may not see it, a redirect when it was renamed."""
    owner, name = visit.part("owner"), visit.part("name")
    found = find_repository(visit.forge, owner, name) or renamed_repository(visit.forge, owner, name)
    if found is None or access(visit.forge, found, visit.user) < Access.READ:
        raise not_found()
    if found.name.lower() != name.lower():
        path = visit.request.url.path.replace(f"/{owner}/{name}", f"/{found.full_name}", 1)
        raise Refused(301, location=path)
    return found


def link(path: str, text: str) -> str:
    """A link to one of the forge's pages; both parts are plain text."""
    return f'<a href="{escape(quote(path))}">{escape(text)}</a>'


def heading(repository: Repository, current: str) -> str:
    """A repository's name and its tabs."""
    base = f"/{repository.full_name}"
    tabs = {
        "Files": base,
        "Branches": f"{base}/branches",
        "Commits": f"{base}/commits",
        "Pull requests": f"{base}/pulls",
    }
    items = "".join(
        f'<a href="{escape(quote(path))}"{" aria-current=page" if name == current else ""}>{name}</a>'
        for name, path in tabs.items()
    )
    described = f'<p class="soft">{escape(repository.description)}</p>' if repository.description else ""
    owner = link(f"/{repository.owner_login}", repository.owner_login)
    marks = '<span class="tag">private</span>' if repository.private else ""
    marks += '<span class="tag">archived</span>' if repository.archived else ""
    return f"<h1>{owner} / {link(base, repository.name)} {marks}</h1>{described}<nav>{items}</nav>"


def _repository_row(repository: Repository) -> str:
    marks = '<span class="tag">private</span>' if repository.private else ""
    text = f'<br><span class="soft">{escape(repository.description)}</span>' if repository.description else ""
    when = times.iso(repository.updated_at)[:10]
    name = link(f"/{repository.full_name}", repository.full_name)
    return f'<span>{name}{text}</span>{marks}<span class="soft">{when}</span>'


def home(visit: Visit) -> Response:
    """Every repository the visitor may see."""
    found = visible_repositories(visit.forge, visit.user)
    body = "<h1>Repositories</h1>" + rows(
        [_repository_row(each) for each in found], "There are no repositories yet."
    )
    return visit.page("Repositories", body)


def owner_page(visit: Visit) -> Response:
    """The repositories of a person or an organization."""
    owner = find_user(visit.forge, visit.part("owner"))
    if owner is None:
        raise not_found()
    found = list_repositories(visit.forge, owner.id, visit.user)
    body = f"<h1>{escape(owner.full_name or owner.login)}</h1>"
    if owner.description:
        body += f"<p>{escape(owner.description)}</p>"
    return visit.page(
        owner.login, body + rows([_repository_row(each) for each in found], "No repositories here.")
    )


def files(visit: Visit) -> Response:
    """The files of the default branch, or how to send the first ones."""
    repository = visited(visit)
    git = visit.forge.git(repository)
    commit = resolve(git, repository.default_branch)
    if commit is None:
        address = f"{visit.forge.url}/{repository.full_name}.git"
        body = (
            f"<p>Nothing is here yet. Push a branch <code>{escape(repository.default_branch)}</code> to:</p>"
        )
        return visit.page(
            repository.full_name, f"{heading(repository, 'Files')}{body}<pre>{escape(address)}</pre>"
        )
    root = Entry("", 0o040000, str(commit_of(git, commit).tree_id))
    return _folder_page(visit, repository, git, root, f"branch/{repository.default_branch}", commit)


def source(visit: Visit) -> Response:
    """A file or folder of a branch, tag or commit."""
    repository = visited(visit)
    git = visit.forge.git(repository)
    ref, path, commit = _split_reference(git, visit.part("rest"))
    entry = entry_at(git, commit_of(git, commit).tree, path)
    if entry is None:
        raise not_found()
    place = f"{visit.part('kind')}/{ref}"
    if entry.kind == "dir":
        return _folder_page(visit, repository, git, entry, place, commit)
    return _file_page(visit, repository, git, entry, place)


def _split_reference(git: pygit2.Repository, rest: str) -> tuple[str, str, str]:
    """The reference, the path and the commit in `feature/x/docs/a.md`: names with slashes are tried too."""
    parts = rest.strip("/").split("/")
    for count in range(1, len(parts) + 1):
        ref = "/".join(parts[:count])
        commit = resolve(git, ref)
        if commit:
            return ref, "/".join(parts[count:]), commit
    raise not_found()


def _trail(repository: Repository, place: str, path: str) -> str:
    base = f"/{repository.full_name}/src/{place}"
    parts = path.split("/") if path else []
    links = [link(base, place.partition("/")[2])]
    links += [link(f"{base}/{'/'.join(parts[: count + 1])}", part) for count, part in enumerate(parts)]
    return f"<p>{' / '.join(links)}</p>"


def _folder_page(
    visit: Visit, repository: Repository, git: pygit2.Repository, folder: Entry, place: str, commit: str
) -> Response:
    entries = listing(git, git[folder.sha].peel(pygit2.Tree), folder.path)
    entries.sort(key=lambda entry: (entry.kind != "dir", entry.path.lower()))
    names = {entry.path: entry.path.rpartition("/")[2] for entry in entries}
    last = last_commits(git, commit, folder.path, list(names.values()))
    items = []
    for entry in entries:
        name = names[entry.path]
        changed = commit_of(git, last[name])
        shown = link(
            f"/{repository.full_name}/src/{place}/{entry.path}", name + ("/" if entry.kind == "dir" else "")
        )
        said = link(
            f"/{repository.full_name}/commit/{last[name]}",
            changed.message.split("\n")[0][:80] or last[name][:10],
        )
        items.append(f'{shown}<span class="soft">{said}</span>')
    body = (
        heading(repository, "Files")
        + _trail(repository, place, folder.path)
        + rows(items, "This folder is empty.")
    )
    return visit.page(f"{repository.full_name}: {folder.path or 'files'}", body)


def _file_page(
    visit: Visit, repository: Repository, git: pygit2.Repository, entry: Entry, place: str
) -> Response:
    content = read_blob(git, entry.sha) if entry.kind != "submodule" else b""
    if b"\0" in content[:8000] or len(content) > SHOWN_BYTES:
        shown = f"<p>{len(content)} bytes that are not shown here.</p>"
    else:
        shown = f"<pre>{escape(content.decode(errors='replace'))}</pre>"
    raw = link(f"/{repository.full_name}/raw/{place}/{entry.path}", "Raw file")
    body = heading(repository, "Files") + _trail(repository, place, entry.path) + f"<p>{raw}</p>" + shown
    return visit.page(f"{repository.full_name}: {entry.path}", body)


def raw(visit: Visit) -> Response:
    """A file's bytes."""
    repository = visited(visit)
    git = visit.forge.git(repository)
    _, path, commit = _split_reference(git, visit.part("rest"))
    entry = entry_at(git, commit_of(git, commit).tree, path)
    if entry is None or entry.kind != "file":
        raise not_found()
    return raw_answer(visit.request.headers.get("if-none-match", ""), git, entry, commit)


def branch_list(visit: Visit) -> Response:
    """The branches, newest first."""
    repository = visited(visit)
    git = visit.forge.git(repository)
    items = []
    for tip in branches(git):
        commit = commit_of(git, tip.sha)
        said = link(f"/{repository.full_name}/commit/{tip.sha}", commit.message.split("\n")[0][:80])
        mark = '<span class="tag">default</span>' if tip.name == repository.default_branch else ""
        items.append(
            f"{link(f'/{repository.full_name}/src/branch/{tip.name}', tip.name)}{mark}"
            f'<span class="soft">{said}, {times.iso(commit.commit_time)[:10]}</span>'
        )
    return visit.page(
        f"{repository.full_name}: branches", heading(repository, "Branches") + rows(items, "No branches yet.")
    )


def commit_rows(repository: Repository, git: pygit2.Repository, shas: tuple[str, ...]) -> str:
    """Commits as rows."""
    items = []
    for sha in shas:
        commit = commit_of(git, sha)
        title = commit.message.split("\n")[0] or sha[:10]
        items.append(
            f'{link(f"/{repository.full_name}/commit/{sha}", title)}<span class="soft">{escape(commit.author.name)}, '
            f"{times.iso(commit.commit_time)[:10]}</span><code>{sha[:10]}</code>"
        )
    return rows(items, "No commits yet.")


def commits(visit: Visit) -> Response:
    """The commits of the default branch or another one, fifty a page."""
    repository = visited(visit)
    git = visit.forge.git(repository)
    ref = visit.request.path_params.get("ref") or repository.default_branch
    tip = resolve(git, ref)
    path = visit.forge.store.path(repository.owner_login, repository.name)
    shas = commit_list(path, tip) if tip else ()
    number = int(visit.query("page")) if visit.query("page").isdecimal() else 1
    start = max(0, number - 1) * COMMITS_PER_PAGE
    body = heading(repository, "Commits") + commit_rows(
        repository, git, shas[start : start + COMMITS_PER_PAGE]
    )
    if start + COMMITS_PER_PAGE < len(shas):
        body += f'<p><a href="?page={max(1, number) + 1}">Older commits</a></p>'
    return visit.page(f"{repository.full_name}: commits", body)


def commit_page(visit: Visit) -> Response:
    """One commit: its message and what it changed."""
    repository = visited(visit)
    git = visit.forge.git(repository)
    sha = resolve(git, visit.part("sha"))
    if sha is None:
        raise not_found()
    commit = commit_of(git, sha)
    path = visit.forge.store.path(repository.owner_login, repository.name)
    parent = str(commit.parent_ids[0]) if commit.parent_ids else _empty_tree(visit.forge, repository)
    title, _, rest = commit.message.partition("\n")
    signed = f"{commit.author.name}, {times.iso(commit.author.time)[:16].replace('T', ' ')} UTC"
    body = (
        f"{heading(repository, 'Commits')}<h2>{escape(title)}</h2>"
        f'<p class="soft">{escape(signed)} · <code>{sha}</code></p>'
        + (f"<pre>{escape(rest.strip())}</pre>" if rest.strip() else "")
        + diff_html(diff_text(path, parent, sha))
    )
    return visit.page(title, body)


def _empty_tree(forge: Forge, repository: Repository) -> str:
    path = forge.store.path(repository.owner_login, repository.name)
    return (
        run_git(path, ["hash-object", "-t", "tree", "-w", "/dev/null"]).stdout.decode().strip() or EMPTY_TREE
    )


def diff_html(diff: bytes) -> str:
    """A diff with its lines marked; cut off when it is very long."""
    lines = []
    for line in diff[:SHOWN_BYTES].decode(errors="replace").split("\n"):
        text = escape(line)
        if line.startswith("+") and not line.startswith("+++"):
            text = f"<ins>{text}</ins>"
        elif line.startswith("-") and not line.startswith("---"):
            text = f"<del>{text}</del>"
        lines.append(text)
    cut = '<p class="soft">The rest is not shown.</p>' if len(diff) > SHOWN_BYTES else ""
    return f"<pre>{chr(10).join(lines)}</pre>{cut}" if diff else '<p class="soft">No changes.</p>'


def to_home(_: Visit) -> Response:
    """Gitea's dashboard address."""
    return RedirectResponse("/", 303)


def browse_routes(forge: Forge) -> list[Route]:
    """The routes for looking at repositories; the catch-alls come last."""
    base = "/{owner}/{name}"
    return [
        page_route(forge, "/", home),
        page_route(forge, "/explore/repos", to_home),
        page_route(forge, f"{base}/src/{{kind}}/{{rest:path}}", source),
        page_route(forge, f"{base}/raw/{{kind}}/{{rest:path}}", raw),
        page_route(forge, f"{base}/branches", branch_list),
        page_route(forge, f"{base}/commits", commits),
        page_route(forge, f"{base}/commits/branch/{{ref:path}}", commits),
        page_route(forge, f"{base}/commit/{{sha}}", commit_page),
    ]


def name_routes(forge: Forge) -> list[Route]:
    """Addresses that are only names; after everything else."""
    return [page_route(forge, "/{owner}", owner_page), page_route(forge, "/{owner}/{name}", files)]
