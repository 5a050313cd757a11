"""Pull requests and their files as the API's JSON."""

from __future__ import annotations

from urllib.parse import quote

import pygit2

from services.forge import times
from services.forge.accounts import existing_user, user_by_id
from services.forge.git_diffs import FileChange, file_changes
from services.forge.git_history import Memory
from services.forge.git_refs import branch_tip, ref_tip
from services.forge.json_types import JsonObject
from services.forge.records import CheckState, Pull, Repository, User
from services.forge.render import merged_fields, repository_json, user_json
from services.forge.state import Forge

_counts: Memory[tuple[str, str, str], tuple[int, int, int]] = Memory(512)


def live_head(git: pygit2.Repository, pull: Pull) -> tuple[str, str]:
    """A pull request's head as it is now: the branch and its tip, or the kept reference."""
    tip = branch_tip(git, pull.head)
    if tip is not None:
        return pull.head, tip
    return pull.head_ref, ref_tip(git, pull.head_ref) or pull.head_sha


def change_counts(git: pygit2.Repository, base: str, head: str) -> tuple[int, int, int]:
    """Lines added, lines deleted, files changed."""
    key = (git.path, base, head)
    known = _counts.get(key)
    if known is not None:
        return known
    changes = file_changes(git, base or None, head)
    counts = (sum(each.additions for each in changes), sum(each.deletions for each in changes), len(changes))
    return _counts.put(key, counts)


def pull_json(
    forge: Forge,
    repository: Repository,
    pull: Pull,
    viewer: User | None,
    *,
    git: pygit2.Repository | None = None,
    about: JsonObject | None = None,
) -> JsonObject:
    """A pull request; `about` is the repository's JSON when it is at hand."""
    git = git or forge.git(repository)
    owner = existing_user(forge, repository.owner_id)
    about = about or repository_json(forge, repository, owner, viewer, git)
    head_ref, head_sha = live_head(git, pull)
    additions, deletions, files = change_counts(git, pull.merge_base, pull.head_sha)
    page = f"{forge.url}/{repository.full_name}/pulls/{pull.number}"
    merger = user_by_id(forge, pull.merged_by) if pull.merged_by else None
    comments = forge.database.number(
        "SELECT count(*) FROM comments WHERE repository_id = ? AND number = ?", repository.id, pull.number
    )
    base_sha = branch_tip(git, pull.base) or ""
    return {
        "id": pull.id,
        "url": page,
        "number": pull.number,
        "user": user_json(forge, existing_user(forge, pull.author_id), viewer),
        "title": pull.title,
        "body": pull.body,
        "labels": [],
        "milestone": None,
        "assignee": None,
        "assignees": None,
        "requested_reviewers": [],
        "requested_reviewers_teams": [],
        "state": pull.state,
        "draft": pull.is_draft,
        "is_locked": False,
        "comments": comments,
        "review_comments": 0,
        "additions": additions,
        "deletions": deletions,
        "changed_files": files,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "mergeable": pull.check_state == CheckState.MERGEABLE and not pull.is_draft,
        **merged_fields(forge, pull, merger),
        "allow_maintainer_edit": False,
        "base": _side(about, repository, pull.base, pull.base, base_sha),
        "head": _side(about, repository, pull.head, head_ref, head_sha),
        "merge_base": pull.merge_base,
        "due_date": None,
        "created_at": times.iso(pull.created_at),
        "updated_at": times.iso(pull.updated_at),
        "closed_at": times.iso_or_none(pull.closed_at),
        "pin_order": 0,
        "content_version": pull.content_version,
    }


def _side(about: JsonObject, repository: Repository, label: str, ref: str, sha: str) -> JsonObject:
    return {"label": label, "ref": ref, "sha": sha, "repo_id": repository.id, "repo": about}


def changed_file_json(forge: Forge, repository: Repository, change: FileChange, head: str) -> JsonObject:
    """A file of a pull request; there is no patch text in it."""
    path = quote(change.path)
    page = f"{forge.url}/{repository.full_name}"
    document: JsonObject = {
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "html_url": f"{page}/src/commit/{head}/{path}",
        "contents_url": f"{forge.api(f'/repos/{repository.full_name}')}/contents/{path}?ref={head}",
        "raw_url": f"{page}/raw/commit/{head}/{path}",
    }
    if change.previous:
        document["previous_filename"] = change.previous
    return document


def issue_json(forge: Forge, repository: Repository, pull: Pull, viewer: User | None) -> JsonObject:
    """A pull request as the issue search shows it."""
    page = f"{forge.url}/{repository.full_name}/pulls/{pull.number}"
    comments = forge.database.number(
        "SELECT count(*) FROM comments WHERE repository_id = ? AND number = ?", repository.id, pull.number
    )
    return {
        "id": pull.id,
        "url": forge.api(f"/repos/{repository.full_name}/issues/{pull.number}"),
        "html_url": page,
        "number": pull.number,
        "user": user_json(forge, existing_user(forge, pull.author_id), viewer),
        "original_author": "",
        "original_author_id": 0,
        "title": pull.title,
        "body": pull.body,
        "ref": "",
        "assets": [],
        "labels": [],
        "milestone": None,
        "assignee": None,
        "assignees": None,
        "state": pull.state,
        "is_locked": False,
        "comments": comments,
        "created_at": times.iso(pull.created_at),
        "updated_at": times.iso(pull.updated_at),
        "closed_at": times.iso_or_none(pull.closed_at),
        "due_date": None,
        "time_estimate": 0,
        "pull_request": {
            "merged": pull.is_merged,
            "merged_at": times.iso_or_none(pull.merged_at),
            "draft": pull.is_draft,
            "html_url": page,
        },
        "repository": {
            "id": repository.id,
            "name": repository.name,
            "owner": repository.owner_login,
            "full_name": repository.full_name,
        },
        "pin_order": 0,
    }
