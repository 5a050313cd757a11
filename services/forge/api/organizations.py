"""The API of organizations, members and teams."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.responses import Response

from services.forge import organizations
from services.forge.accounts import person
from services.forge.api.call import Call, answer, nothing, paging_headers
from services.forge.api.routing import Endpoint, endpoint
from services.forge.organizations import (
    NewOrganization,
    NewTeam,
    create_organization,
    is_member,
    is_owner,
    organization,
)
from services.forge.records import Team, User
from services.forge.refusals import Refused, forbidden, not_found, unprocessable
from services.forge.render import organization_json, team_json, user_json


class CreateOrganizationOption(BaseModel):
    """Body of `POST /orgs`."""

    username: str = Field(min_length=1)
    full_name: str = ""
    description: str = ""
    website: str = ""
    location: str = ""
    email: str = ""
    visibility: str = "public"


class CreateTeamOption(BaseModel):
    """Body of `POST /orgs/{org}/teams`."""

    name: str = Field(min_length=1)
    description: str = ""
    permission: str = "read"
    includes_all_repositories: bool = False
    can_create_org_repo: bool = False
    units: list[str] = []
    units_map: dict[str, str] = {}


def create(call: Call) -> Response:
    """A new organization, owned by the caller."""
    owner = call.person()
    option = call.bind(CreateOrganizationOption)
    new = NewOrganization(
        name=option.username,
        full_name=option.full_name,
        description=option.description,
        website=option.website,
        location=option.location,
        email=option.email,
        visibility=option.visibility or "public",
    )
    return answer(organization_json(call.forge, create_organization(call.forge, owner, new)), 201)


def list_all(call: Call) -> Response:
    """Every organization."""
    found = organizations.list_organizations(call.forge)
    page = call.page()
    shown = [organization_json(call.forge, each) for each in page.of(found)]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def show(call: Call) -> Response:
    """One organization; a private one is hidden from strangers."""
    return answer(organization_json(call.forge, _visible(call)))


def _visible(call: Call) -> User:
    org = organization(call.forge, call.part("org"))
    viewer = call.viewer
    inside = viewer is not None and (viewer.is_admin or is_member(call.forge, org.id, viewer.id))
    if inside or org.visibility == "public" or (org.visibility == "limited" and viewer):
        return org
    raise not_found()


def _owned(call: Call, org: User) -> User:
    doer = call.person()
    if not (doer.is_admin or is_owner(call.forge, org.id, doer.id)):
        raise forbidden("Must be an organization owner")
    return org


def delete(call: Call) -> Response:
    """Remove an organization without repositories."""
    organizations.delete_organization(call.forge, _owned(call, _visible(call)))
    return nothing()


def members(call: Call) -> Response:
    """The members; strangers see the public ones."""
    org = _visible(call)
    inside = call.viewer and (call.viewer.is_admin or is_member(call.forge, org.id, call.viewer.id))
    found = organizations.members(call.forge, org.id, only_public=not inside)
    page = call.page()
    shown = [user_json(call.forge, each, call.viewer) for each in page.of(found)]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def member(call: Call) -> Response:
    """Whether somebody is a member; a caller from outside is sent to the public list."""
    org, who = _visible(call), person(call.forge, call.part("login"))
    viewer = call.viewer
    if viewer and (viewer.is_admin or is_member(call.forge, org.id, viewer.id)):
        if is_member(call.forge, org.id, who.id):
            return nothing()
        raise not_found()
    if viewer and viewer.id == who.id:
        raise not_found()
    raise Refused(303, location=call.forge.api(f"/orgs/{org.login}/public_members/{who.login}"))


def remove_member(call: Call) -> Response:
    """Take somebody out of every team."""
    org = _owned(call, _visible(call))
    who = person(call.forge, call.part("login"))
    for each in organizations.teams(call.forge, org.id):
        organizations.remove_member(call.forge, each.id, who.id)
    return nothing()


def public_member(call: Call) -> Response:
    """Whether somebody is a public member."""
    org, who = _visible(call), person(call.forge, call.part("login"))
    if organizations.is_public_member(call.forge, org.id, who.id):
        return nothing()
    raise not_found()


def publicize(call: Call) -> Response:
    """Show one's own membership to everyone."""
    return _set_public(call, public=True)


def conceal(call: Call) -> Response:
    """Hide one's own membership."""
    return _set_public(call, public=False)


def _set_public(call: Call, *, public: bool) -> Response:
    org, who = _visible(call), person(call.forge, call.part("login"))
    if call.person().id != who.id:
        raise forbidden("Cannot publicize another member")
    organizations.set_public(call.forge, org.id, who.id, public=public)
    return nothing()


def teams(call: Call) -> Response:
    """The teams of an organization, for its members."""
    org = _visible(call)
    doer = call.person()
    if not (doer.is_admin or is_member(call.forge, org.id, doer.id)):
        raise forbidden("Must be an organization member")
    found = organizations.teams(call.forge, org.id)
    page = call.page()
    return answer(
        [team_json(each) for each in page.of(found)], headers=paging_headers(call, page, len(found))
    )


def create_team(call: Call) -> Response:
    """A new team; without units it fails as it does in Gitea."""
    org = _owned(call, _visible(call))
    option = call.bind(CreateTeamOption)
    if option.permission not in {"read", "write", "admin"}:
        raise unprocessable("[Permission]: In")
    units = tuple(option.units or option.units_map)
    if not units and option.permission != "admin":
        raise Refused(500, "units permission should not be empty", internal=True)
    new = NewTeam(
        name=option.name,
        description=option.description,
        permission=option.permission,
        includes_all=option.includes_all_repositories,
        can_create=option.can_create_org_repo,
        units=units or organizations.ALL_UNITS,
    )
    return answer(team_json(organizations.create_team(call.forge, org, new)), 201)


def _team(call: Call, *, owned: bool) -> Team:
    found = organizations.team(call.forge, call.number("id"))
    doer = call.person()
    if owned and not (doer.is_admin or is_owner(call.forge, found.org_id, doer.id)):
        raise forbidden("Must be a team owner")
    if not (doer.is_admin or is_member(call.forge, found.org_id, doer.id)):
        raise not_found()
    return found


def show_team(call: Call) -> Response:
    """One team."""
    return answer(team_json(_team(call, owned=False)))


def team_members(call: Call) -> Response:
    """Who is in a team."""
    found = organizations.team_members(call.forge, _team(call, owned=False).id)
    page = call.page()
    shown = [user_json(call.forge, each, call.viewer) for each in page.of(found)]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def add_team_member(call: Call) -> Response:
    """Put somebody into a team."""
    organizations.add_member(
        call.forge, _team(call, owned=True).id, person(call.forge, call.part("login")).id
    )
    return nothing()


def remove_team_member(call: Call) -> Response:
    """Take somebody out of a team."""
    organizations.remove_member(
        call.forge, _team(call, owned=True).id, person(call.forge, call.part("login")).id
    )
    return nothing()


ENDPOINTS: list[Endpoint] = [
    endpoint("GET", "/orgs", list_all, "organization"),
    endpoint("POST", "/orgs", create, "organization"),
    endpoint("GET", "/orgs/{org}", show, "organization"),
    endpoint("DELETE", "/orgs/{org}", delete, "organization"),
    endpoint("GET", "/orgs/{org}/members", members, "organization"),
    endpoint("GET", "/orgs/{org}/members/{login}", member, "organization"),
    endpoint("DELETE", "/orgs/{org}/members/{login}", remove_member, "organization"),
    endpoint("GET", "/orgs/{org}/public_members/{login}", public_member, "organization"),
    endpoint("PUT", "/orgs/{org}/public_members/{login}", publicize, "organization"),
    endpoint("DELETE", "/orgs/{org}/public_members/{login}", conceal, "organization"),
    endpoint("GET", "/orgs/{org}/teams", teams, "organization"),
    endpoint("POST", "/orgs/{org}/teams", create_team, "organization"),
    endpoint("GET", "/teams/{id}", show_team, "organization"),
    endpoint("GET", "/teams/{id}/members", team_members, "organization"),
    endpoint("PUT", "/teams/{id}/members/{login}", add_team_member, "organization"),
    endpoint("DELETE", "/teams/{id}/members/{login}", remove_team_member, "organization"),
]
