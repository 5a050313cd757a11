"""Commits, branches, trees and files as the API's JSON."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pygit2

from services.forge import times
from services.forge.git_diffs import commit_changes
from services.forge.git_history import last_commit
from services.forge.git_refs import BranchTip
from services.forge.git_trees import Entry, read_blob, with_size
from services.forge.json_types import JsonObject
from services.forge.records import Repository, User
from services.forge.render import user_json
from services.forge.repositories import Access, access
from services.forge.state import Forge

CONTENT_LIMIT = 10 * 2**20
UNSIGNED: JsonObject = {
    "verified": False,
    "reason": "gpg.error.not_signed_commit",
    "signature": "",
    "signer": None,
    "payload": "",
}


def commit_time(signature: pygit2.Signature) -> str:
    """A signature's moment in its own zone."""
    return times.iso_with_offset(signature.time, signature.offset)


def signature_json(signature: pygit2.Signature, *, utc: bool = False) -> JsonObject:
    """Name, e-mail address and date of an author or committer."""
    date = times.iso(signature.time) if utc else commit_time(signature)
    return {"name": signature.name, "email": signature.email, "date": date}


def commit_meta(forge: Forge, repository: Repository, sha: str, created: str = times.NEVER) -> JsonObject:
    """A commit in short."""
    return {
        "url": forge.api(f"/repos/{repository.full_name}/git/commits/{sha}"),
        "sha": sha,
        "created": created,
    }


def user_of_email(forge: Forge, email: str, viewer: User | None) -> JsonObject | None:
    """The account a signature belongs to, if any."""
    found = forge.database.one(
        User, "SELECT * FROM users WHERE lower(email) = lower(?) AND email <> ''", email
    )
    return user_json(forge, found, viewer) if found else None


def commit_json(
    forge: Forge,
    repository: Repository,
    git: pygit2.Repository,
    commit: pygit2.Commit,
    *,
    viewer: User | None,
    stat: bool = True,
    files: bool = True,
    verification: bool = True,
) -> JsonObject:
    """A commit in full; counts and files cost a diff each."""
    sha = str(commit.id)
    api = forge.api(f"/repos/{repository.full_name}/git")
    document: JsonObject = {
        "url": f"{api}/commits/{sha}",
        "sha": sha,
        "created": commit_time(commit.committer),
        "html_url": f"{forge.url}/{repository.full_name}/commit/{sha}",
        "commit": {
            "url": f"{api}/commits/{sha}",
            "author": signature_json(commit.author),
            "committer": signature_json(commit.committer),
            "message": commit.message,
            "tree": {
                "url": f"{api}/trees/{commit.tree_id}",
                "sha": str(commit.tree_id),
                "created": commit_time(commit.committer),
            },
            "verification": UNSIGNED if verification else None,
        },
        "author": user_of_email(forge, commit.author.email, viewer),
        "committer": user_of_email(forge, commit.committer.email, viewer),
        "parents": [commit_meta(forge, repository, str(parent)) for parent in commit.parent_ids],
        "files": None,
        "stats": None,
    }
    if stat or files:
        _add_changes(document, git, commit, stat=stat, files=files)
    return document


def _add_changes(
    document: JsonObject, git: pygit2.Repository, commit: pygit2.Commit, *, stat: bool, files: bool
) -> None:
    changes = commit_changes(git, commit)
    if files:
        names = {"added": "added", "deleted": "removed"}
        document["files"] = [
            {"filename": change.path, "status": names.get(change.status, "modified")} for change in changes
        ]
    if stat:
        additions = sum(change.additions for change in changes)
        deletions = sum(change.deletions for change in changes)
        document["stats"] = {"total": additions + deletions, "additions": additions, "deletions": deletions}


def payload_person(forge: Forge, signature: pygit2.Signature) -> JsonObject:
    """An author as webhooks and branches show them."""
    found = forge.database.one(
        User, "SELECT * FROM users WHERE lower(email) = lower(?) AND email <> ''", signature.email
    )
    return {"name": signature.name, "email": signature.email, "username": found.login if found else ""}


def payload_commit(
    forge: Forge, repository: Repository, git: pygit2.Repository, sha: str, *, files: bool = False
) -> JsonObject:
    """A commit as webhooks and branches show it."""
    commit = git[sha].peel(pygit2.Commit)
    document: JsonObject = {
        "id": sha,
        "message": commit.message,
        "url": f"{forge.url}/{repository.full_name}/commit/{sha}",
        "author": payload_person(forge, commit.author),
        "committer": payload_person(forge, commit.committer),
        "verification": None if files else UNSIGNED,
        "timestamp": commit_time(commit.committer),
        "added": None,
        "removed": None,
        "modified": None,
    }
    if files:
        changes = commit_changes(git, commit)
        kinds = {"added": {"added"}, "removed": {"deleted"}}
        document |= {key: [change.path for change in changes if change.status in kinds[key]] for key in kinds}
        document["modified"] = [
            change.path for change in changes if change.status not in {"added", "deleted"}
        ]
    return document


def branch_json(
    forge: Forge, repository: Repository, git: pygit2.Repository, tip: BranchTip, viewer: User | None
) -> JsonObject:
    """A branch with its newest commit."""
    may_push = access(forge, repository, viewer) >= Access.WRITE
    return {
        "name": tip.name,
        "commit": payload_commit(forge, repository, git, tip.sha),
        "protected": False,
        "required_approvals": 0,
        "enable_status_check": False,
        "status_check_contexts": [],
        "user_can_push": may_push,
        "user_can_merge": may_push,
        "effective_branch_protection_name": "",
    }


def contents_json(
    forge: Forge,
    repository: Repository,
    git: pygit2.Repository,
    entry: Entry,
    *,
    commit: str,
    ref: str,
    last: str = "",
    with_content: bool = True,
) -> JsonObject:
    """A file or folder as the contents API shows it; `ref` is the branch, tag or commit that was asked for."""
    entry = with_size(git, entry)
    last = last or last_commit(git, commit, entry.path)
    changed = git[last].peel(pygit2.Commit)
    kind = "commit" if ref == commit else "branch"
    quoted = quote(entry.path)
    here = f"{forge.api(f'/repos/{repository.full_name}')}/contents/{quoted}?ref={quote(ref, safe='')}"
    page = f"{forge.url}/{repository.full_name}/src/{kind}/{quote(ref)}/{quoted}"
    blob = forge.api(f"/repos/{repository.full_name}/git/{entry.object_type}s/{entry.sha}")
    is_file = entry.kind == "file"
    document: JsonObject = {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "last_commit_sha": last,
        "last_committer_date": commit_time(changed.committer),
        "last_author_date": commit_time(changed.author),
        "type": entry.kind,
        "size": entry.size,
        "encoding": None,
        "content": None,
        "target": None,
        "url": here,
        "html_url": page,
        "git_url": blob,
        "download_url": page.replace("/src/", "/raw/") if is_file else None,
        "submodule_git_url": None,
        "_links": {"self": here, "git": blob, "html": page},
    }
    if with_content and is_file and entry.size <= CONTENT_LIMIT:
        document["encoding"] = "base64"
        document["content"] = base64.b64encode(read_blob(git, entry.sha)).decode()
    if with_content and entry.kind == "symlink":
        document["target"] = read_blob(git, entry.sha).decode(errors="replace")
    return document


def file_commit_json(forge: Forge, repository: Repository, git: pygit2.Repository, sha: str) -> JsonObject:
    """The commit a contents write made; its dates are UTC, as in Gitea."""
    commit = git[sha].peel(pygit2.Commit)
    tree = forge.api(f"/repos/{repository.full_name}/git/trees/{commit.tree_id}")
    return {
        **commit_meta(forge, repository, sha),
        "html_url": f"{forge.url}/{repository.full_name}/commit/{sha}",
        "author": signature_json(commit.author, utc=True),
        "committer": signature_json(commit.committer, utc=True),
        "parents": [commit_meta(forge, repository, str(parent)) for parent in commit.parent_ids],
        "message": commit.message,
        "tree": {"url": tree, "sha": str(commit.tree_id), "created": times.NEVER},
    }
