"""Webhooks of repositories and organizations: keeping them, and finding who wants an event."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import orjson

from services.forge import times
from services.forge.json_types import JsonObject
from services.forge.records import Delivery, Hook, Repository
from services.forge.refusals import not_found, unprocessable
from services.forge.state import Forge

TYPES = {"gitea", "gogs", "slack", "discord", "dingtalk", "telegram", "msteams", "feishu", "wechatwork", "packagist",
         "matrix"}  # fmt: skip
PULL_REQUEST_EVENTS = (
    *(
        "pull_request",
        "pull_request_assign",
        "pull_request_label",
        "pull_request_milestone",
        "pull_request_comment",
    ),
    *("pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment"),
    *("pull_request_sync", "pull_request_review_request"),
)
GROUPS = {
    "pull_request": PULL_REQUEST_EVENTS,
    "pull_request_only": ("pull_request",),
    "pull_request_review": PULL_REQUEST_EVENTS[5:8],
    "issues": ("issues", "issue_assign", "issue_label", "issue_milestone", "issue_comment"),
    "issues_only": ("issues",),
}


class HookOwner(StrEnum):
    """What a webhook belongs to; also sent along with each delivery."""

    REPOSITORY = "repository"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHook:
    """A webhook to be created. Left out, `active` is false: Gitea's own trap."""

    url: str
    type: str = "gitea"
    content_type: str = "json"
    secret: str = ""
    active: bool = False
    events: tuple[str, ...] = ()
    branch_filter: str = ""
    authorization_header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEdit:
    """What changes about a webhook. There is no secret here: Gitea ignores it."""

    url: str | None = None
    content_type: str | None = None
    active: bool | None = None
    events: tuple[str, ...] = ()
    branch_filter: str = ""
    authorization_header: str = ""


def expanded(events: tuple[str, ...]) -> str:
    """Event names as they are stored; none at all means push."""
    names = [name for event in events or ("push",) for name in GROUPS.get(event, (event,))]
    return json.dumps(list(dict.fromkeys(names)))


def _check(kind: str, url: str, content_type: str) -> None:
    if kind not in TYPES:
        raise unprocessable(f"Invalid hook type: {kind}")
    if not url:
        raise unprocessable("Missing config option: url")
    if not content_type:
        raise unprocessable("Missing config option: content_type")
    if content_type not in {"json", "form"}:
        raise unprocessable("Invalid content type")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise unprocessable("Invalid url")


def create_hook(forge: Forge, owner_kind: HookOwner, owner_id: int, new: NewHook) -> Hook:
    """Create a webhook; 422 for what Gitea refuses."""
    _check(new.type, new.url, new.content_type)
    moment = times.now()
    hook_id = forge.database.execute(
        "INSERT INTO hooks (owner_kind, owner_id, type, url, content_type, secret, active, events, branch_filter,"
        " authorization_header, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(
            owner_kind,
            owner_id,
            new.type,
            new.url,
            new.content_type,
            new.secret,
            new.active,
            expanded(new.events),
        ),
        *(new.branch_filter, new.authorization_header, moment, moment),
    )
    return hook(forge, owner_kind, owner_id, hook_id)


def edit_hook(forge: Forge, present: Hook, edit: HookEdit) -> Hook:
    """Change a webhook; the secret stays, and events, filter and header left out are reset."""
    url = present.url if edit.url is None else edit.url
    content_type = present.content_type if edit.content_type is None else edit.content_type
    _check(present.type, url, content_type)
    active = present.active if edit.active is None else edit.active
    forge.database.execute(
        "UPDATE hooks SET url = ?, content_type = ?, active = ?, events = ?, branch_filter = ?,"
        " authorization_header = ?, updated_at = ? WHERE id = ?",
        *(url, content_type, active, expanded(edit.events), edit.branch_filter, edit.authorization_header),
        *(times.now(), present.id),
    )
    return hook(forge, HookOwner(present.owner_kind), present.owner_id, present.id)


def hook(forge: Forge, owner_kind: HookOwner, owner_id: int, hook_id: int) -> Hook:
    """One webhook of an owner; 404 otherwise."""
    found = forge.database.one(
        Hook,
        "SELECT * FROM hooks WHERE id = ? AND owner_kind = ? AND owner_id = ?",
        hook_id,
        owner_kind,
        owner_id,
    )
    if found is None:
        raise not_found()
    return found


def hooks(forge: Forge, owner_kind: HookOwner, owner_id: int) -> list[Hook]:
    """An owner's webhooks, oldest first."""
    return forge.database.all(
        Hook, "SELECT * FROM hooks WHERE owner_kind = ? AND owner_id = ? ORDER BY id", owner_kind, owner_id
    )


def delete_hook(forge: Forge, present: Hook) -> None:
    """Remove a webhook with the record of its deliveries."""
    with forge.database.writing():
        forge.database.execute("DELETE FROM deliveries WHERE hook_id = ?", present.id)
        forge.database.execute("DELETE FROM hooks WHERE id = ?", present.id)


def deliveries(forge: Forge, hook_id: int) -> list[Delivery]:
    """What was sent, newest first."""
    return forge.database.all(
        Delivery, "SELECT * FROM deliveries WHERE hook_id = ? ORDER BY id DESC", hook_id
    )


def interested(forge: Forge, repository: Repository, event_type: str, branch: str) -> list[Hook]:
    """The active webhooks of a repository and its owner that want an event."""
    found = hooks(forge, HookOwner.REPOSITORY, repository.id) + hooks(
        forge, HookOwner.ORGANIZATION, repository.owner_id
    )
    return [
        each for each in found if each.active and event_type in each.events and _branch_wanted(each, branch)
    ]


def _branch_wanted(candidate: Hook, branch: str) -> bool:
    pattern = candidate.branch_filter
    if not branch or pattern in {"", "*", "**"}:
        return True
    choices = pattern.strip("{}").split(",") if pattern.startswith("{") else [pattern]
    return any(fnmatch.fnmatchcase(branch, choice) for choice in choices)


def send(
    forge: Forge,
    repository: Repository,
    event: str,
    payload: JsonObject,
    *,
    event_type: str = "",
    branch: str = "",
) -> None:
    """Record an event for every webhook that wants it, and have it sent."""
    kind = event_type or event
    wanted = interested(forge, repository, kind, branch)
    if wanted:
        send_to(forge, wanted, event, kind, payload)


def send_to(forge: Forge, wanted: list[Hook], event: str, event_type: str, payload: JsonObject) -> None:
    """Record an event for these webhooks, and have it sent."""
    text = orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode()
    with forge.database.writing():
        recorded = [(each.id, forge.deliveries.add(each, event, event_type, text)) for each in wanted]
    for hook_id, delivery_id in recorded:
        forge.deliveries.wake(hook_id, delivery_id)
