"""People, organizations and repositories as the API's JSON."""

from __future__ import annotations

import hashlib

import pygit2

from services.forge import times
from services.forge.git_refs import is_empty
from services.forge.json_types import JsonObject
from services.forge.records import (
    Application,
    Comment,
    Delivery,
    Hook,
    Pull,
    PullState,
    Repository,
    Team,
    Token,
    User,
)
from services.forge.repositories import Access, access
from services.forge.state import Forge

MERGE_STYLES = ("merge", "rebase", "rebase-merge", "squash", "fast-forward-only", "manually-merged")


def avatar_url(forge: Forge, user: User) -> str:
    """Where a person's picture lies."""
    mark = hashlib.sha256((user.email or user.login).lower().encode()).hexdigest()
    return f"{forge.url}/avatars/{mark}"


def user_json(forge: Forge, user: User, viewer: User | None = None) -> JsonObject:
    """A person; the real e-mail address is for themselves and site admins."""
    sees_all = viewer is not None and (viewer.is_admin or viewer.id == user.id)
    hidden = f"{user.login.lower()}@noreply.{forge.url.split('://')[-1].split(':')[0].split('/')[0]}"
    return {
        "id": user.id,
        "login": user.login,
        "login_name": "",
        "source_id": 0,
        "full_name": user.full_name,
        "email": user.email if sees_all else hidden,
        "avatar_url": avatar_url(forge, user),
        "html_url": f"{forge.url}/{user.login}",
        "language": "",
        "is_admin": user.is_admin and sees_all,
        "last_login": times.iso(user.last_login_at) if sees_all else times.NEVER,
        "created": times.iso(user.created_at),
        "restricted": False,
        "active": user.is_active and sees_all,
        "prohibit_login": user.prohibit_login and sees_all,
        "location": user.location,
        "website": user.website,
        "description": user.description,
        "visibility": user.visibility,
        "followers_count": 0,
        "following_count": 0,
        "starred_repos_count": 0,
        "username": user.login,
    }


def organization_json(forge: Forge, org: User) -> JsonObject:
    """An organization."""
    return {
        "id": org.id,
        "name": org.login,
        "full_name": org.full_name,
        "email": org.email,
        "avatar_url": avatar_url(forge, org),
        "description": org.description,
        "website": org.website,
        "location": org.location,
        "visibility": org.visibility,
        "repo_admin_change_team_access": True,
        "username": org.login,
    }


def team_json(team: Team) -> JsonObject:
    """A team of an organization."""
    level = {"owner": "owner", "admin": "admin"}.get(team.permission, team.permission)
    return {
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "organization": None,
        "includes_all_repositories": team.includes_all,
        "permission": level,
        "units": list(team.units),
        "units_map": dict.fromkeys(team.units, level),
        "can_create_org_repo": team.can_create,
    }


def token_json(token: Token, secret: str = "") -> JsonObject:
    """An access token; the secret only right after its creation."""
    return {
        "id": token.id,
        "name": token.name,
        "sha1": secret,
        "token_last_eight": token.last_eight,
        "scopes": list(token.scopes),
        "created_at": times.iso(token.created_at),
        "last_used_at": times.iso(token.used_at),
    }


def application_json(application: Application, secret: str = "") -> JsonObject:
    """An OAuth2 application; the secret only right after its creation."""
    return {
        "id": application.id,
        "name": application.name,
        "client_id": application.client_id,
        "client_secret": secret,
        "confidential_client": application.confidential,
        "skip_secondary_authorization": application.skip_consent,
        "redirect_uris": list(application.redirect_uris),
        "created": times.iso(application.created_at),
    }


def hook_json(hook: Hook) -> JsonObject:
    """A webhook, never with its secret."""
    return {
        "id": hook.id,
        "type": hook.type,
        "branch_filter": hook.branch_filter,
        "config": {"content_type": hook.content_type, "url": hook.url},
        "events": list(hook.events),
        "authorization_header": hook.authorization_header,
        "active": hook.active,
        "updated_at": times.iso(hook.updated_at),
        "created_at": times.iso(hook.created_at),
    }


def delivery_json(delivery: Delivery) -> JsonObject:
    """One try of a webhook (the forge's own answer; Gitea shows this only on its pages)."""
    return {
        "id": delivery.id,
        "uuid": delivery.uuid,
        "event": delivery.event,
        "event_type": delivery.event_type,
        "payload": delivery.payload,
        "state": delivery.state,
        "status": delivery.status,
        "answer": delivery.answer,
        "created_at": times.iso(delivery.created_at),
        "delivered_at": times.iso_or_none(delivery.delivered_at),
    }


def comment_json(forge: Forge, repository: Repository, comment: Comment, author: User) -> JsonObject:
    """A comment in a pull request's conversation."""
    pull = f"{forge.url}/{repository.full_name}/pulls/{comment.number}"
    return {
        "id": comment.id,
        "html_url": f"{pull}#issuecomment-{comment.id}",
        "pull_request_url": pull,
        "issue_url": "",
        "user": user_json(forge, author),
        "original_author": "",
        "original_author_id": 0,
        "body": comment.body,
        "assets": [],
        "created_at": times.iso(comment.created_at),
        "updated_at": times.iso(comment.updated_at),
    }


def repository_json(
    forge: Forge,
    repository: Repository,
    owner: User,
    viewer: User | None,
    git: pygit2.Repository | None = None,
) -> JsonObject:
    """A repository as its viewer may see it."""
    rights = access(forge, repository, viewer)
    page = f"{forge.url}/{repository.full_name}"
    api = forge.api(f"/repos/{repository.full_name}")
    open_pulls = forge.database.number(
        "SELECT count(*) FROM pulls WHERE repository_id = ? AND state = ?", repository.id, PullState.OPEN
    )
    host = forge.url.split("://")[-1].split("/")[0].split(":")[0]
    return {
        "id": repository.id,
        "owner": user_json(forge, owner, viewer),
        "name": repository.name,
        "full_name": repository.full_name,
        "description": repository.description,
        "empty": is_empty(git or forge.git(repository)),
        "private": repository.private,
        "fork": False,
        "template": False,
        "mirror": False,
        "size": 24,
        "language": "",
        "languages_url": f"{api}/languages",
        "html_url": page,
        "url": api,
        "link": "",
        "ssh_url": f"git@{host}:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "original_url": "",
        "website": repository.website,
        "stars_count": 0,
        "forks_count": 0,
        "watchers_count": 1,
        "open_issues_count": 0,
        "open_pr_counter": open_pulls,
        "release_counter": 0,
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "created_at": times.iso(repository.created_at),
        "updated_at": times.iso(repository.updated_at),
        "archived_at": times.iso(repository.archived_at),
        "permissions": {
            "admin": rights >= Access.ADMIN,
            "push": rights >= Access.WRITE,
            "pull": rights >= Access.READ,
        },
        **_features(repository),
    }


def _features(repository: Repository) -> JsonObject:
    allowed = set(MERGE_STYLES) - set(repository.disallowed_merge_styles)
    return {
        "has_code": True,
        "has_issues": True,
        "internal_tracker": {
            "enable_time_tracker": True,
            "allow_only_contributors_to_track_time": True,
            "enable_issue_dependencies": True,
        },
        "has_wiki": False,
        "has_pull_requests": True,
        "has_projects": False,
        "projects_mode": "all",
        "has_releases": False,
        "has_packages": False,
        "has_actions": False,
        "ignore_whitespace_conflicts": False,
        "allow_merge_commits": "merge" in allowed,
        "allow_rebase": "rebase" in allowed,
        "allow_rebase_explicit": "rebase-merge" in allowed,
        "allow_squash_merge": "squash" in allowed,
        "allow_fast_forward_only_merge": "fast-forward-only" in allowed,
        "allow_rebase_update": True,
        "allow_manual_merge": "manually-merged" in allowed,
        "autodetect_manual_merge": False,
        "default_delete_branch_after_merge": False,
        "default_merge_style": "merge",
        "default_allow_maintainer_edit": False,
        "avatar_url": "",
        "internal": False,
        "mirror_interval": "",
        "object_format_name": "sha1",
        "mirror_updated": times.NEVER,
        "topics": [],
        "licenses": [],
    }


def merged_fields(forge: Forge, pull: Pull, merger: User | None) -> JsonObject:
    """Whether, when and by whom a pull request was merged."""
    return {
        "merged": pull.is_merged,
        "merged_at": times.iso_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit or None,
        "merged_by": user_json(forge, merger) if merger else None,
    }
