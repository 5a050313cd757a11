"""The API of Git's own things: branches, commits, trees, blobs and raw files."""

from __future__ import annotations

import base64
import mimetypes
from email.utils import formatdate

import pygit2
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.forge import branches as branch_acts
from services.forge.api.call import Call, answer, nothing, paging_headers
from services.forge.api.routing import Endpoint, endpoint
from services.forge.branches import existing_branch, resolve
from services.forge.git_history import between, commit_list, last_commit
from services.forge.git_refs import branches, is_empty
from services.forge.git_trees import Entry, commit_of, entry_at, listing, read_blob, walk, with_size
from services.forge.json_types import JsonObject
from services.forge.records import Repository
from services.forge.refusals import Refused, not_found
from services.forge.render_git import CONTENT_LIMIT, branch_json, commit_json
from services.forge.state import Forge

TREE_PAGE = 1000
PATH_PAGE = 50


class CreateBranchOption(BaseModel):
    """Body of `POST branches`."""

    new_branch_name: str = Field(min_length=1, max_length=100)
    old_ref_name: str = ""
    old_branch_name: str = ""


class MoveBranchOption(BaseModel):
    """Body of `PUT branches/{branch}`."""

    new_commit_id: str = Field(min_length=1)
    old_commit_id: str = ""
    force: bool = False


class RenameBranchOption(BaseModel):
    """Body of `PATCH branches/{branch}`."""

    name: str = Field(min_length=1)


def list_branches(call: Call) -> Response:
    """Branches, newest commit first."""
    repository = call.repository()
    git = call.forge.git(repository)
    wanted = call.query("q").lower()
    found = [tip for tip in branches(git) if wanted in tip.name.lower()]
    if not found and call.forge.version.empty_branches_are_null:
        return answer(None, headers={"X-Total-Count": "0"})
    page = call.page()
    shown = [branch_json(call.forge, repository, git, tip, call.viewer) for tip in page.of(found)]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def show_branch(call: Call) -> Response:
    """One branch; its name may have slashes."""
    repository = call.repository()
    git = call.forge.git(repository)
    return answer(
        branch_json(call.forge, repository, git, existing_branch(git, call.part("branch")), call.viewer)
    )


def create_branch(call: Call) -> Response:
    """A new branch from a branch, tag or commit."""
    repository = call.writable()
    option = call.bind(CreateBranchOption)
    tip = branch_acts.create_branch(
        call.forge,
        repository,
        call.person(),
        name=option.new_branch_name,
        old_ref=option.old_ref_name,
        old_branch=option.old_branch_name,
    )
    return answer(branch_json(call.forge, repository, call.forge.git(repository), tip, call.viewer), 201)


def delete_branch(call: Call) -> Response:
    """Delete a branch; an unknown one counts as deleted in some versions."""
    repository = call.writable()
    try:
        branch_acts.delete_branch(call.forge, repository, call.person(), call.part("branch"))
    except Refused as refused:
        if refused.status != 404 or not call.forge.version.missing_branch_is_deleted:
            raise
    return nothing()


def move_branch(call: Call) -> Response:
    """Point a branch to another commit (1.26 and later)."""
    repository = call.writable()
    if not call.forge.version.moves_branches:
        raise not_found()
    option = call.bind(MoveBranchOption)
    branch_acts.move_branch(
        call.forge,
        repository,
        call.person(),
        call.part("branch"),
        new=option.new_commit_id,
        old=option.old_commit_id,
        force=option.force,
    )
    return nothing()


def rename_branch(call: Call) -> Response:
    """Give a branch another name (1.23 and later)."""
    repository = call.writable()
    if not call.forge.version.has_file_contents:
        raise not_found()
    name = call.bind(RenameBranchOption).name
    branch_acts.rename_branch(call.forge, repository, call.person(), call.part("branch"), name)
    return nothing()


def list_commits(call: Call) -> Response:
    """Commits, newest first; 409 when there are none, 404 when a path has none."""
    repository = call.repository()
    git = call.forge.git(repository)
    if is_empty(git):
        raise Refused(409, "Git Repository is empty.")
    start = resolve(git, call.query("sha") or repository.default_branch)
    if start is None:
        raise not_found()
    file = call.query("path")
    shas = _wanted_commits(call, repository, git, start, file)
    if file and not shas:
        raise not_found()
    page = call.page(default=PATH_PAGE) if not file else call.page(default=PATH_PAGE, name="path_limit")
    shown = [
        commit_json(
            call.forge,
            repository,
            git,
            commit_of(git, sha),
            viewer=call.viewer,
            stat=call.flag("stat", default=True),
            files=call.flag("files", default=True),
            verification=call.flag("verification", default=True),
        )
        for sha in page.of(shas)
    ]
    return answer(shown, headers=paging_headers(call, page, len(shas), extended=True))


def _wanted_commits(
    call: Call, repository: Repository, git: pygit2.Repository, start: str, file: str
) -> tuple[str, ...]:
    excluded = call.query("not")
    stop = resolve(git, excluded) if excluded else ""
    if stop is None:
        raise not_found()
    path = call.forge.store.path(repository.owner_login, repository.name)
    since, until = call.query("since"), call.query("until")
    return commit_list(path, start, file=file, excluded=stop, since=since, until=until)


def show_commit(call: Call) -> Response:
    """One commit, by id, branch or tag."""
    repository = call.repository()
    git = call.forge.git(repository)
    sha = resolve(git, call.part("sha"))
    if sha is None:
        raise not_found(f"object does not exist [id: {call.part('sha')}, rel_path: ]")
    document = commit_json(
        call.forge,
        repository,
        git,
        commit_of(git, sha),
        viewer=call.viewer,
        stat=call.flag("stat", default=True),
        files=call.flag("files", default=True),
        verification=call.flag("verification", default=True),
    )
    return answer(document)


def compare(call: Call) -> Response:
    """The commits of one reference that another hasn't (1.22 and later); no files, no diff."""
    repository = call.repository()
    if not call.forge.version.has_compare:
        raise not_found()
    git = call.forge.git(repository)
    base_name, _, head_name = call.part("span").partition("...")
    base, head = resolve(git, base_name), resolve(git, head_name or repository.default_branch)
    if base is None or head is None:
        raise not_found()
    shas = between(call.forge.store.path(repository.owner_login, repository.name), base, head)
    shown = [
        commit_json(call.forge, repository, git, commit_of(git, sha), viewer=call.viewer) for sha in shas
    ]
    return answer({"total_commits": len(shas), "commits": shown})


def show_tree(call: Call) -> Response:
    """A folder or, recursively, all there is; 400 for what is no tree, also in an empty repository."""
    repository = call.repository()
    git = call.forge.git(repository)
    sha = call.part("sha")
    tree = _tree_of(git, sha)
    entries = list(walk(git, tree)) if call.flag("recursive", default=False) else listing(git, tree)
    page = call.page(default=TREE_PAGE, largest=TREE_PAGE, name="per_page")
    start = (page.number - 1) * page.limit
    document: JsonObject = {
        "sha": str(tree.id) if sha == str(tree.id) else (resolve(git, sha) or sha),
        "url": call.forge.api(f"/repos/{repository.full_name}/git/trees/{tree.id}"),
        "tree": [_tree_entry(call.forge, repository, with_size(git, each)) for each in page.of(entries)],
        "truncated": start + page.limit < len(entries),
        "page": page.number,
        "total_count": len(entries),
    }
    return answer(document)


def _tree_of(git: pygit2.Repository, sha: str) -> pygit2.Tree:
    commit = resolve(git, sha)
    if commit:
        return commit_of(git, commit).tree
    try:
        found = git[sha]
    except (KeyError, ValueError) as unknown:
        raise Refused(400, f"sha not found [{sha}]") from unknown
    if not isinstance(found, pygit2.Tree):
        raise Refused(400, f"sha not found [{sha}]")
    return found


def _tree_entry(forge: Forge, repository: Repository, entry: Entry) -> JsonObject:
    kind = entry.object_type
    address = "" if kind == "commit" else forge.api(f"/repos/{repository.full_name}/git/{kind}s/{entry.sha}")
    return {
        "path": entry.path,
        "mode": f"{entry.mode:06o}",
        "type": kind,
        "size": entry.size,
        "sha": entry.sha,
        "url": address,
    }


def show_blob(call: Call) -> Response:
    """A blob in base64; without content above ten MiB."""
    repository = call.repository()
    sha = call.part("sha")
    if not sha:
        raise Refused(400, "sha not provided")
    try:
        content = read_blob(call.forge.git(repository), sha)
    except KeyError as unknown:
        raise Refused(400, f"object does not exist [id: {sha}, rel_path: ]") from unknown
    small = len(content) <= CONTENT_LIMIT
    document: JsonObject = {
        "content": base64.b64encode(content).decode() if small else None,
        "encoding": "base64" if small else None,
        "url": call.forge.api(f"/repos/{repository.full_name}/git/blobs/{sha}"),
        "sha": sha,
        "size": len(content),
    }
    return answer(document)


def raw_file(call: Call) -> Response:
    """A file's bytes. An unknown `ref` silently reads the default branch, as in Gitea."""
    repository = call.repository()
    git = call.forge.git(repository)
    if is_empty(git):
        raise not_found("repository is empty")
    commit = resolve(git, call.query("ref")) if call.query("ref") else None
    commit = commit or resolve(git, repository.default_branch)
    path = call.part("path")
    entry = entry_at(git, commit_of(git, commit).tree, path) if commit else None
    if commit is None or entry is None or entry.kind != "file":
        raise not_found(f"object does not exist [id: , rel_path: {path}]")
    return raw_answer(call.request.headers.get("if-none-match", ""), git, entry, commit)


def raw_answer(known: str, git: pygit2.Repository, entry: Entry, commit: str) -> Response:
    """Bytes with their blob's id as ETag; 304 when the caller has them."""
    changed = commit_of(git, last_commit(git, commit, entry.path)).commit_time
    headers = {
        "ETag": f'"{entry.sha}"',
        "Last-Modified": formatdate(changed, usegmt=True),
        "Cache-Control": "private, max-age=300",
        "X-Gitea-Object-Type": "blob",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Expose-Headers": "Content-Disposition, X-Gitea-Object-Type",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    if headers["ETag"] in known:
        return Response(status_code=304, headers=headers)
    content = read_blob(git, entry.sha)
    return Response(content, headers=headers, media_type=_media_type(entry.path, content))


def _media_type(path: str, content: bytes) -> str:
    guessed = mimetypes.guess_type(path)[0] or ""
    if guessed.startswith("image/") and guessed != "image/svg+xml":
        return guessed
    if b"\0" in content[:8000]:
        return "application/octet-stream"
    return "text/plain; charset=utf-8"


BASE = "/repos/{owner}/{name}"
ENDPOINTS: list[Endpoint] = [
    endpoint("GET", BASE + "/branches", list_branches, "repository"),
    endpoint("POST", BASE + "/branches", create_branch, "repository"),
    endpoint("GET", BASE + "/branches/{branch:path}", show_branch, "repository"),
    endpoint("PUT", BASE + "/branches/{branch:path}", move_branch, "repository"),
    endpoint("PATCH", BASE + "/branches/{branch:path}", rename_branch, "repository"),
    endpoint("DELETE", BASE + "/branches/{branch:path}", delete_branch, "repository"),
    endpoint("GET", BASE + "/commits", list_commits, "repository"),
    endpoint("GET", BASE + "/git/commits/{sha}", show_commit, "repository"),
    endpoint("GET", BASE + "/git/trees/{sha}", show_tree, "repository"),
    endpoint("GET", BASE + "/git/blobs/{sha}", show_blob, "repository"),
    endpoint("GET", BASE + "/compare/{span:path}", compare, "repository"),
    endpoint("GET", BASE + "/raw/{path:path}", raw_file, "repository"),
    endpoint("GET", BASE + "/media/{path:path}", raw_file, "repository"),
]
