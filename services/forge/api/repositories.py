"""The API of repositories themselves."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.responses import Response

from services.forge import repositories
from services.forge.accounts import existing_user, person
from services.forge.accounts import find_user as lookup
from services.forge.api.call import Call, answer, nothing, paging_headers
from services.forge.api.routing import Endpoint, endpoint
from services.forge.branches import existing_branch
from services.forge.events import repository_event
from services.forge.organizations import can_create_repositories, is_member, organization
from services.forge.records import Repository, User
from services.forge.refusals import forbidden, not_found, unprocessable
from services.forge.render import MERGE_STYLES, repository_json
from services.forge.repositories import Access, NewRepository, RepositoryEdit, create_repository

STYLE_FIELDS = {
    "allow_merge_commits": "merge",
    "allow_rebase": "rebase",
    "allow_rebase_explicit": "rebase-merge",
    "allow_squash_merge": "squash",
    "allow_fast_forward_only_merge": "fast-forward-only",
    "allow_manual_merge": "manually-merged",
}


class CreateRepositoryOption(BaseModel):
    """Body for a new repository."""

    name: str = Field(min_length=1)
    description: str = ""
    private: bool = False
    auto_init: bool = False
    default_branch: str = "main"
    readme: str = ""


class EditRepositoryOption(BaseModel):
    """Body of `PATCH /repos/{owner}/{name}`."""

    name: str | None = None
    description: str | None = None
    website: str | None = None
    private: bool | None = None
    archived: bool | None = None
    default_branch: str | None = None
    allow_merge_commits: bool | None = None
    allow_rebase: bool | None = None
    allow_rebase_explicit: bool | None = None
    allow_squash_merge: bool | None = None
    allow_fast_forward_only_merge: bool | None = None
    allow_manual_merge: bool | None = None


class CollaboratorOption(BaseModel):
    """Body of `PUT collaborators/{login}`."""

    permission: str = "write"


def _answered(call: Call, repository: Repository, status: int = 200) -> Response:
    owner = existing_user(call.forge, repository.owner_id)
    return answer(repository_json(call.forge, repository, owner, call.viewer), status)


def _listed(call: Call, found: list[Repository]) -> Response:
    page = call.page()
    shown = [
        repository_json(call.forge, each, existing_user(call.forge, each.owner_id), call.viewer)
        for each in page.of(found)
    ]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def show(call: Call) -> Response:
    """One repository."""
    return _answered(call, call.repository())


def list_for_organization(call: Call) -> Response:
    """An organization's repositories, by name."""
    org = organization(call.forge, call.part("org"))
    return _listed(call, repositories.list_repositories(call.forge, org.id, call.viewer))


def list_for_user(call: Call) -> Response:
    """A person's or organization's repositories."""
    owner = lookup(call.forge, call.part("login"))
    if owner is None:
        raise not_found()
    return _listed(call, repositories.list_repositories(call.forge, owner.id, call.viewer))


def list_mine(call: Call) -> Response:
    """The repositories the caller can write to."""
    doer = call.person()
    visible = repositories.visible_repositories(call.forge, doer)
    mine = [
        each for each in visible if each.owner_id == doer.id or is_member(call.forge, each.owner_id, doer.id)
    ]
    return _listed(call, mine)


def search(call: Call) -> Response:
    """Repositories by part of their name."""
    text = call.query("q").lower()
    visible = repositories.visible_repositories(call.forge, call.viewer)
    found = [each for each in visible if text in each.name.lower() or text in each.description.lower()]
    page = call.page()
    shown = [
        repository_json(call.forge, each, existing_user(call.forge, each.owner_id), call.viewer)
        for each in page.of(found)
    ]
    return answer({"ok": True, "data": shown}, headers=paging_headers(call, page, len(found)))


def create_for_organization(call: Call) -> Response:
    """A new repository of an organization."""
    doer = call.person()
    org = organization(call.forge, call.part("org"))
    if not (doer.is_admin or can_create_repositories(call.forge, org.id, doer.id)):
        raise forbidden("Given user is not allowed to create repository in organization.")
    return _create(call, org, doer)


def create_for_admin(call: Call) -> Response:
    """A new repository for anybody, by a site admin."""
    doer = call.site_admin()
    owner = lookup(call.forge, call.part("login"))
    if owner is None:
        raise not_found()
    return _create(call, owner, doer)


def create_mine(call: Call) -> Response:
    """A new repository of the caller."""
    return _create(call, call.person(), call.person())


def _create(call: Call, owner: User, doer: User) -> Response:
    option = call.bind(CreateRepositoryOption)
    new = NewRepository(
        name=option.name,
        description=option.description,
        private=option.private,
        auto_init=option.auto_init,
        default_branch=option.default_branch,
        readme=option.readme,
    )
    made = create_repository(call.forge, owner, doer, new)
    repository_event(call.forge, made, doer, "created")
    return _answered(call, made, 201)


def edit(call: Call) -> Response:
    """Change a repository; an archived one can only be unarchived."""
    repository = call.repository(Access.ADMIN)
    option = call.bind(EditRepositoryOption)
    if option.default_branch:
        existing_branch(call.forge.git(repository), option.default_branch)
    changed = RepositoryEdit(
        name=option.name,
        description=option.description,
        website=option.website,
        private=option.private,
        archived=option.archived,
        default_branch=option.default_branch,
        disallowed_merge_styles=_styles(repository, option),
    )
    return _answered(call, repositories.edit_repository(call.forge, repository, changed))


def _styles(repository: Repository, option: EditRepositoryOption) -> tuple[str, ...] | None:
    chosen = {style: getattr(option, field) for field, style in STYLE_FIELDS.items()}
    if all(value is None for value in chosen.values()):
        return None
    before = {style: style not in repository.disallowed_merge_styles for style in MERGE_STYLES}
    after = before | {style: value for style, value in chosen.items() if value is not None}
    return tuple(style for style in MERGE_STYLES if not after[style])


def delete(call: Call) -> Response:
    """Delete a repository with everything in it."""
    repository = call.repository(Access.OWNER)
    repository_event(call.forge, repository, call.person(), "deleted")
    repositories.delete_repository(call.forge, repository)
    return nothing()


def add_collaborator(call: Call) -> Response:
    """Let somebody read, write or administrate."""
    repository = call.repository(Access.ADMIN)
    permission = call.bind(CollaboratorOption).permission or "write"
    if permission not in {"read", "write", "admin"}:
        raise unprocessable("[Permission]: In")
    who = person(call.forge, call.part("login"))
    repositories.set_collaborator(call.forge, repository, who, permission)
    return nothing()


def remove_collaborator(call: Call) -> Response:
    """Take somebody's rights away."""
    repository = call.repository(Access.ADMIN)
    repositories.set_collaborator(call.forge, repository, person(call.forge, call.part("login")), None)
    return nothing()


ENDPOINTS: list[Endpoint] = [
    endpoint("GET", "/orgs/{org}/repos", list_for_organization, "organization"),
    endpoint("POST", "/orgs/{org}/repos", create_for_organization, "organization"),
    endpoint("POST", "/admin/users/{login}/repos", create_for_admin, "admin"),
    endpoint("GET", "/user/repos", list_mine, "user", "repository"),
    endpoint("POST", "/user/repos", create_mine, "user", "repository"),
    endpoint("GET", "/users/{login}/repos", list_for_user, "user", "repository"),
    endpoint("GET", "/repos/search", search, "repository"),
    endpoint("GET", "/repos/{owner}/{name}", show, "repository"),
    endpoint("PATCH", "/repos/{owner}/{name}", edit, "repository"),
    endpoint("DELETE", "/repos/{owner}/{name}", delete, "repository"),
    endpoint("PUT", "/repos/{owner}/{name}/collaborators/{login}", add_collaborator, "repository"),
    endpoint("DELETE", "/repos/{owner}/{name}/collaborators/{login}", remove_collaborator, "repository"),
]
