"""Organizations, their teams and members."""

from __future__ import annotations

import json
from dataclasses import dataclass

from services.forge import times
from services.forge.accounts import check_name, existing_user, find_user
from services.forge.records import Team, User, UserKind
from services.forge.refusals import not_found, unprocessable
from services.forge.state import Forge

ALL_UNITS = ("repo.code", "repo.issues", "repo.pulls", "repo.releases", "repo.wiki", "repo.ext_wiki",
             "repo.ext_issues", "repo.projects", "repo.packages", "repo.actions")  # fmt: skip
MEMBERS = (
    "SELECT * FROM users WHERE id IN (SELECT user_id FROM team_members JOIN teams ON teams.id = team_id"
    " WHERE org_id = ?) ORDER BY lower_login"
)
PUBLIC_MEMBERS = (
    "SELECT * FROM users WHERE id IN (SELECT user_id FROM team_members JOIN teams ON teams.id = team_id"
    " WHERE org_id = ?) AND id IN (SELECT user_id FROM public_members WHERE org_id = ?) ORDER BY lower_login"
)
MEMBERSHIP = "SELECT count(*) FROM team_members JOIN teams ON teams.id = team_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganization:
    """An organization to be created."""

    name: str
    full_name: str = ""
    description: str = ""
    website: str = ""
    location: str = ""
    email: str = ""
    visibility: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTeam:
    """A team to be created."""

    name: str
    description: str = ""
    permission: str = "read"
    includes_all: bool = False
    can_create: bool = False
    units: tuple[str, ...] = ()


def find_organization(forge: Forge, name: str) -> User | None:
    """The organization of this name."""
    found = find_user(forge, name)
    return found if found and found.is_organization else None


def organization(forge: Forge, name: str) -> User:
    """The organization of this name; 404 otherwise."""
    found = find_organization(forge, name)
    if found is None:
        raise not_found()
    return found


def create_organization(forge: Forge, owner: User, new: NewOrganization) -> User:
    """Create an organization with an Owners team of one; 422 for a taken or reserved name."""
    with forge.database.writing():
        check_name(forge, new.name)
        org_id = forge.database.execute(
            "INSERT INTO users (kind, login, lower_login, full_name, email, description, website, location,"
            " visibility, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(UserKind.ORGANIZATION, new.name, new.name.lower(), new.full_name, new.email, new.description),
            *(new.website, new.location, new.visibility, times.now()),
        )
        owners = NewTeam(
            name="Owners", permission="owner", includes_all=True, can_create=True, units=ALL_UNITS
        )
        add_member(forge, _insert_team(forge, org_id, owners), owner.id)
    return existing_user(forge, org_id)


def list_organizations(forge: Forge, member: User | None = None) -> list[User]:
    """All organizations, or those a person belongs to."""
    if member is None:
        return forge.database.all(
            User, "SELECT * FROM users WHERE kind = ? ORDER BY lower_login", UserKind.ORGANIZATION
        )
    return forge.database.all(
        User,
        "SELECT * FROM users WHERE id IN (SELECT org_id FROM teams JOIN team_members ON team_id = teams.id"
        " WHERE user_id = ?) ORDER BY lower_login",
        member.id,
    )


def is_member(forge: Forge, org_id: int, user_id: int) -> bool:
    """Whether somebody is in any team of the organization."""
    return forge.database.number(f"{MEMBERSHIP} WHERE org_id = ? AND user_id = ?", org_id, user_id) > 0


def is_owner(forge: Forge, org_id: int, user_id: int) -> bool:
    """Whether somebody is in the Owners team."""
    statement = f"{MEMBERSHIP} WHERE org_id = ? AND user_id = ? AND permission = 'owner'"
    return forge.database.number(statement, org_id, user_id) > 0


def can_create_repositories(forge: Forge, org_id: int, user_id: int) -> bool:
    """Whether somebody's teams let them create repositories here."""
    statement = f"{MEMBERSHIP} WHERE org_id = ? AND user_id = ? AND (permission = 'owner' OR can_create)"
    return forge.database.number(statement, org_id, user_id) > 0


def is_public_member(forge: Forge, org_id: int, user_id: int) -> bool:
    """Whether a membership is shown to everyone."""
    return forge.database.number(
        "SELECT count(*) FROM public_members WHERE org_id = ? AND user_id = ?", org_id, user_id
    ) > 0  # fmt: skip


def members(forge: Forge, org_id: int, *, only_public: bool = False) -> list[User]:
    """The members of an organization, by name."""
    if only_public:
        return forge.database.all(User, PUBLIC_MEMBERS, org_id, org_id)
    return forge.database.all(User, MEMBERS, org_id)


def teams(forge: Forge, org_id: int) -> list[Team]:
    """The teams of an organization, Owners first."""
    return forge.database.all(Team, "SELECT * FROM teams WHERE org_id = ? ORDER BY id", org_id)


def team(forge: Forge, team_id: int) -> Team:
    """One team; 404 otherwise."""
    found = forge.database.one(Team, "SELECT * FROM teams WHERE id = ?", team_id)
    if found is None:
        raise not_found()
    return found


def create_team(forge: Forge, org: User, new: NewTeam) -> Team:
    """Create a team; 422 when the name is taken."""
    with forge.database.writing():
        taken = "SELECT count(*) FROM teams WHERE org_id = ? AND lower_name = ?"
        if forge.database.number(taken, org.id, new.name.lower()):
            raise unprocessable(f"team already exists [org_id: {org.id}, name: {new.name}]")
        team_id = _insert_team(forge, org.id, new)
    return team(forge, team_id)


def _insert_team(forge: Forge, org_id: int, new: NewTeam) -> int:
    return forge.database.execute(
        "INSERT INTO teams (org_id, name, lower_name, description, permission, includes_all, can_create, units)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(org_id, new.name, new.name.lower(), new.description, new.permission, new.includes_all),
        *(new.can_create, json.dumps(new.units)),
    )


def add_member(forge: Forge, team_id: int, user_id: int) -> None:
    """Put somebody into a team; twice is once."""
    forge.database.execute("INSERT OR IGNORE INTO team_members VALUES (?, ?)", team_id, user_id)


def remove_member(forge: Forge, team_id: int, user_id: int) -> None:
    """Take somebody out of a team."""
    forge.database.execute("DELETE FROM team_members WHERE team_id = ? AND user_id = ?", team_id, user_id)


def team_members(forge: Forge, team_id: int) -> list[User]:
    """Who is in a team."""
    return forge.database.all(
        User,
        "SELECT * FROM users WHERE id IN (SELECT user_id FROM team_members WHERE team_id = ?) ORDER BY id",
        team_id,
    )


def delete_organization(forge: Forge, org: User) -> None:
    """Delete an organization that has no repositories; 422 otherwise."""
    if forge.database.number("SELECT count(*) FROM repositories WHERE owner_id = ?", org.id):
        raise unprocessable("user still has ownership of repositories")
    with forge.database.writing():
        forge.database.execute("DELETE FROM hooks WHERE owner_kind = 'organization' AND owner_id = ?", org.id)
        forge.database.execute("DELETE FROM users WHERE id = ?", org.id)


def set_public(forge: Forge, org_id: int, user_id: int, *, public: bool) -> None:
    """Show or hide a membership."""
    statement = "INSERT OR IGNORE INTO public_members VALUES (?, ?)"
    if not public:
        statement = "DELETE FROM public_members WHERE org_id = ? AND user_id = ?"
    forge.database.execute(statement, org_id, user_id)
