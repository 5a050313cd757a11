"""People, their passwords and their access tokens."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from services.forge import times
from services.forge.passwords import digest, hash_password
from services.forge.records import Token, User, UserKind
from services.forge.refusals import Refused, forbidden, not_found, unprocessable
from services.forge.state import Forge

LOGIN_PATTERN = re.compile(r"[a-zA-Z0-9]([-._]?[a-zA-Z0-9])*")
EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+")
RESERVED = frozenset(
    {
        *(
            "admin",
            "api",
            "assets",
            "attachments",
            "avatar",
            "avatars",
            "captcha",
            "commits",
            "debug",
            "error",
        ),
        *(
            "explore",
            "favicon.ico",
            "ghost",
            "issues",
            "login",
            "metrics",
            "milestones",
            "new",
            "notifications",
        ),
        *(
            "org",
            "pulls",
            "raw",
            "repo",
            "repo-avatars",
            "robots.txt",
            "search",
            "serviceworker.js",
            "ssh_info",
        ),
        *(
            "stars",
            "swagger.v1.json",
            "template",
            "user",
            "users",
            "v2",
            "gitea-actions",
            ".well-known",
            ".",
            "..",
        ),
    }
)
CATEGORIES = (
    *(
        "activitypub",
        "admin",
        "misc",
        "notification",
        "organization",
        "package",
        "issue",
        "repository",
        "user",
    ),
)
SCOPES = frozenset(
    {"all", "public-only", *(f"{level}:{name}" for level in ("read", "write") for name in CATEGORIES)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person to be created."""

    login: str
    email: str
    password: str
    full_name: str = ""
    is_admin: bool = False
    must_change_password: bool = False
    visibility: str = "public"


def find_user(forge: Forge, login: str) -> User | None:
    """The person or organization of this name, whatever the case."""
    return forge.database.one(User, "SELECT * FROM users WHERE lower_login = ?", login.lower())


def user_by_id(forge: Forge, user_id: int) -> User | None:
    """The person or organization with this number."""
    return forge.database.one(User, "SELECT * FROM users WHERE id = ?", user_id)


def existing_user(forge: Forge, user_id: int) -> User:
    """A person who must be there, since rows point to them."""
    found = user_by_id(forge, user_id)
    if found is None:
        raise not_found("user does not exist")
    return found


def person(forge: Forge, login: str) -> User:
    """The person of this name; 404 otherwise."""
    found = find_user(forge, login)
    if found is None or found.is_organization:
        raise not_found(f"user redirect does not exist [name: {login}]")
    return found


def check_name(forge: Forge, name: str) -> None:
    """Refuse names that are taken, reserved or malformed (422)."""
    if not LOGIN_PATTERN.fullmatch(name) or len(name) > 40:
        raise unprocessable("[UserName]: invalid username")
    if name.lower() in RESERVED or name.lower().endswith((".keys", ".gpg", ".rss", ".atom")):
        raise unprocessable(f"name is reserved [name: {name}]")
    if find_user(forge, name):
        raise unprocessable(f"user already exists [name: {name}]")


def create_user(forge: Forge, new: NewUser) -> User:
    """Create a person; 422 for a taken, reserved or malformed name or e-mail, 400 for a bad password."""
    if not new.password:
        raise Refused(400, "PasswordIsRequired")
    if not EMAIL_PATTERN.fullmatch(new.email):
        raise unprocessable("[Email]: Email")
    check_name(forge, new.login)
    hashed = hash_password(new.password)
    with forge.database.writing():
        check_name(forge, new.login)
        taken = forge.database.number("SELECT count(*) FROM users WHERE lower(email) = lower(?)", new.email)
        if taken:
            raise unprocessable(f"e-mail already in use [email: {new.email}]")
        user_id = forge.database.execute(
            "INSERT INTO users (kind, login, lower_login, full_name, email, password_hash, is_admin,"
            " must_change_password, visibility, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(UserKind.PERSON, new.login, new.login.lower(), new.full_name, new.email, hashed),
            *(new.is_admin, new.must_change_password, new.visibility, times.now()),
        )
    return existing_user(forge, user_id)


def sign_in(forge: Forge, name: str, password: str) -> User | None:
    """The person with this login or e-mail and password, if they may sign in."""
    found = find_user(forge, name) or forge.database.one(
        User, "SELECT * FROM users WHERE lower(email) = lower(?) AND kind = ?", name, UserKind.PERSON
    )
    if found is None or found.is_organization or found.prohibit_login or not found.is_active:
        return None
    return found if forge.passwords.verify(password, found.password_hash) else None


def list_users(forge: Forge) -> list[User]:
    """All people, oldest first."""
    return forge.database.all(User, "SELECT * FROM users WHERE kind = ? ORDER BY id", UserKind.PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEdit:
    """What an admin changes about a person; None leaves it."""

    full_name: str | None = None
    email: str | None = None
    password: str | None = None
    is_admin: bool | None = None
    is_active: bool | None = None
    prohibit_login: bool | None = None
    must_change_password: bool | None = None


def edit_user(forge: Forge, user: User, edit: UserEdit) -> User:
    """Apply an admin's changes."""
    values: dict[str, str | bool | None] = {
        "full_name": edit.full_name,
        "email": edit.email,
        "password_hash": hash_password(edit.password) if edit.password else None,
        "is_admin": edit.is_admin,
        "is_active": edit.is_active,
        "prohibit_login": edit.prohibit_login,
        "must_change_password": edit.must_change_password,
    }
    with forge.database.writing():
        for column, value in values.items():
            if value is not None:
                statement = f"UPDATE users SET {column} = ? WHERE id = ?"  # noqa: S608 - a column of ours
                forge.database.execute(statement, value, user.id)
    return existing_user(forge, user.id)


def delete_user(forge: Forge, user: User) -> None:
    """Delete a person who owns and wrote nothing; 422 otherwise."""
    owned = forge.database.number("SELECT count(*) FROM repositories WHERE owner_id = ?", user.id)
    written = forge.database.number(
        "SELECT (SELECT count(*) FROM pulls WHERE author_id = ?) + (SELECT count(*) FROM comments WHERE author_id = ?)",
        *(user.id, user.id),
    )
    if owned or written:
        raise unprocessable("user still has ownership of repositories")
    forge.database.execute("DELETE FROM users WHERE id = ?", user.id)


def create_token(forge: Forge, user: User, name: str, scopes: list[str]) -> tuple[Token, str]:
    """A new access token and its secret, which is shown this once; 400 for a used name or unknown scopes."""
    if not name:
        raise unprocessable("[Name]: Required")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise Refused(400, f"invalid access token scope: {unknown[0]}")
    if not scopes:
        raise Refused(400, "access token must have a scope")
    secret = secrets.token_hex(20)
    with forge.database.writing():
        if forge.database.number("SELECT count(*) FROM tokens WHERE user_id = ? AND name = ?", user.id, name):
            raise Refused(400, "access token name has been used already")
        token_id = forge.database.execute(
            "INSERT INTO tokens (user_id, name, digest, last_eight, scopes, created_at, used_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(user.id, name, digest(secret), secret[-8:], _scope_list(scopes), times.now(), times.now()),
        )
    token = forge.database.one(Token, "SELECT * FROM tokens WHERE id = ?", token_id)
    if token is None:
        raise Refused(400, "the token was revoked meanwhile")
    return token, secret


def _scope_list(scopes: list[str]) -> str:
    ordered = ["all"] if "all" in scopes else sorted(set(scopes))
    return "[" + ", ".join(f'"{scope}"' for scope in ordered) + "]"


def list_tokens(forge: Forge, user: User) -> list[Token]:
    """A person's tokens."""
    return forge.database.all(Token, "SELECT * FROM tokens WHERE user_id = ? ORDER BY id", user.id)


def delete_token(forge: Forge, user: User, name_or_id: str) -> None:
    """Revoke a token by name or number; 404 when there is none."""
    gone = forge.database.execute(
        "DELETE FROM tokens WHERE user_id = ? AND (name = ? OR CAST(id AS TEXT) = ?)",
        user.id,
        name_or_id,
        name_or_id,
    )
    if not gone:
        raise not_found()


def token_owner(forge: Forge, secret: str) -> tuple[User, Token] | None:
    """Whose token this is."""
    token = forge.database.one(Token, "SELECT * FROM tokens WHERE digest = ?", digest(secret))
    if token is None:
        return None
    if times.now() - token.used_at > 60:  # once a minute is exact enough, and spares a write per request
        forge.database.execute("UPDATE tokens SET used_at = ? WHERE id = ?", times.now(), token.id)
    return existing_user(forge, token.user_id), token


def ensure_admin(forge: Forge) -> None:
    """Create the site admin on the first start; later starts leave accounts alone."""
    settings = forge.settings
    if settings.admin_password and find_user(forge, settings.admin_user) is None:
        email = f"{settings.admin_user}@forge.invalid"
        create_user(
            forge,
            NewUser(login=settings.admin_user, email=email, password=settings.admin_password, is_admin=True),
        )


def refuse_organization(user: User) -> None:
    """403 when an organization would have to act as a person."""
    if user.is_organization:
        raise forbidden("organizations cannot act")
