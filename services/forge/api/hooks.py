"""The API of webhooks, of repositories and organizations alike."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel
from starlette.responses import Response

from services.forge import hooks
from services.forge.api.call import Call, answer, nothing, paging_headers
from services.forge.api.routing import Endpoint, endpoint
from services.forge.branches import resolve
from services.forge.events import test_push
from services.forge.hooks import HookEdit, HookOwner, NewHook
from services.forge.organizations import is_owner, organization
from services.forge.records import Hook
from services.forge.refusals import forbidden
from services.forge.render import delivery_json, hook_json
from services.forge.repositories import Access


class HookConfig(BaseModel):
    """The part of a hook's body that says where it goes."""

    url: str | None = None
    content_type: str | None = None
    secret: str = ""


class CreateHookOption(BaseModel):
    """Body of `POST hooks`."""

    type: str = ""
    config: HookConfig = HookConfig()
    events: list[str] = []
    active: bool = False
    branch_filter: str = ""
    authorization_header: str = ""


class EditHookOption(BaseModel):
    """Body of `PATCH hooks/{id}`; a secret in it changes nothing."""

    config: HookConfig = HookConfig()
    events: list[str] = []
    active: bool | None = None
    branch_filter: str = ""
    authorization_header: str = ""


def repository_owner(call: Call) -> tuple[HookOwner, int]:
    """The repository of the path, for its admins."""
    return HookOwner.REPOSITORY, call.repository(Access.ADMIN).id


def organization_owner(call: Call) -> tuple[HookOwner, int]:
    """The organization of the path, for its owners."""
    org = organization(call.forge, call.part("org"))
    doer = call.person()
    if not (doer.is_admin or is_owner(call.forge, org.id, doer.id)):
        raise forbidden("Must be an organization owner")
    return HookOwner.ORGANIZATION, org.id


Owner = Callable[[Call], tuple[HookOwner, int]]


def _hook(call: Call, owner: Owner) -> Hook:
    kind, number = owner(call)
    return hooks.hook(call.forge, kind, number, call.number("id"))


def list_hooks(owner: Owner, call: Call) -> Response:
    """An owner's webhooks."""
    found = hooks.hooks(call.forge, *owner(call))
    page = call.page()
    return answer(
        [hook_json(each) for each in page.of(found)], headers=paging_headers(call, page, len(found))
    )


def create_hook(owner: Owner, call: Call) -> Response:
    """A new webhook."""
    kind, number = owner(call)
    option = call.bind(CreateHookOption)
    new = NewHook(
        type=option.type,
        url=option.config.url or "",
        content_type=option.config.content_type or "",
        secret=option.config.secret,
        active=option.active,
        events=tuple(option.events),
        branch_filter=option.branch_filter,
        authorization_header=option.authorization_header,
    )
    return answer(hook_json(hooks.create_hook(call.forge, kind, number, new)), 201)


def show_hook(owner: Owner, call: Call) -> Response:
    """One webhook."""
    return answer(hook_json(_hook(call, owner)))


def edit_hook(owner: Owner, call: Call) -> Response:
    """Change a webhook."""
    present = _hook(call, owner)
    option = call.bind(EditHookOption)
    edit = HookEdit(
        url=option.config.url,
        content_type=option.config.content_type,
        active=option.active,
        events=tuple(option.events),
        branch_filter=option.branch_filter,
        authorization_header=option.authorization_header,
    )
    return answer(hook_json(hooks.edit_hook(call.forge, present, edit)))


def delete_hook(owner: Owner, call: Call) -> Response:
    """Remove a webhook."""
    hooks.delete_hook(call.forge, _hook(call, owner))
    return nothing()


def try_hook(call: Call) -> Response:
    """Send a test push; without commits or without the push event nothing is sent, and nobody says so."""
    present = _hook(call, repository_owner)
    repository = call.repository(Access.ADMIN)
    branch = call.query("ref").removeprefix("refs/heads/") or repository.default_branch
    sha = resolve(call.forge.git(repository), branch)
    if sha and present.active and "push" in present.events:
        test_push(call.forge, repository, call.person(), present, branch, sha)
    return nothing()


def list_deliveries(owner: Owner, call: Call) -> Response:
    """What was sent and what came back (Gitea shows this on its pages only)."""
    found = hooks.deliveries(call.forge, _hook(call, owner).id)
    page = call.page()
    return answer(
        [delivery_json(each) for each in page.of(found)], headers=paging_headers(call, page, len(found))
    )


def _endpoints(base: str, owner: Owner, category: str) -> list[Endpoint]:
    def bound(work: Callable[[Owner, Call], Response]) -> Callable[[Call], Response]:
        return lambda call: work(owner, call)

    return [
        endpoint("GET", f"{base}/hooks", bound(list_hooks), category),
        endpoint("POST", f"{base}/hooks", bound(create_hook), category),
        endpoint("GET", f"{base}/hooks/{{id}}", bound(show_hook), category),
        endpoint("PATCH", f"{base}/hooks/{{id}}", bound(edit_hook), category),
        endpoint("DELETE", f"{base}/hooks/{{id}}", bound(delete_hook), category),
        endpoint("GET", f"{base}/hooks/{{id}}/deliveries", bound(list_deliveries), category),
    ]


ENDPOINTS: list[Endpoint] = [
    *_endpoints("/repos/{owner}/{name}", repository_owner, "repository"),
    *_endpoints("/orgs/{org}", organization_owner, "organization"),
    endpoint("POST", "/repos/{owner}/{name}/hooks/{id}/tests", try_hook, "repository"),
]
