"""The forge's signing key, and the tokens OAuth2 and OpenID Connect hand out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from services.forge import times
from services.forge.accounts import CATEGORIES, existing_user
from services.forge.json_types import JsonObject
from services.forge.organizations import list_organizations, team_members, teams
from services.forge.records import Application, Grant, User
from services.forge.render import avatar_url
from services.forge.state import Forge

ALGORITHM = "RS256"
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 730 * 3600
ACCESS, REFRESH = 0, 1


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """Whose access token it is, and how far it reaches."""

    user: User
    scopes: tuple[str, ...]
    grant: Grant


def issuer(forge: Forge) -> str:
    """The OpenID issuer; older Gitea keeps the slash."""
    return forge.url + "/" if forge.version.issuer_keeps_slash else forge.url


def signing_key(forge: Forge) -> jwk.RSAKey:
    """The RS256 key; made once and kept, so that tokens survive a restart."""
    with forge.key_guard:
        rows = forge.database.rows("SELECT value FROM secrets WHERE name = 'signing-key'")
        if rows:
            return jwk.RSAKey.import_key(rows[0]["value"], _key_parameters())
        key = jwk.RSAKey.generate_key(2048, _key_parameters())
        pem = key.as_pem(private=True).decode()
        forge.database.execute("INSERT INTO secrets VALUES ('signing-key', ?)", pem)
        return key


def _key_parameters() -> jwk.KeyParameters:
    return {"kid": "forge", "use": "sig", "alg": ALGORITHM}


def public_keys(forge: Forge) -> JsonObject:
    """The key set for verifying tokens."""
    return {"keys": [{key: str(value) for key, value in signing_key(forge).as_dict(private=False).items()}]}


def granted_scopes(scope: str) -> tuple[str, ...]:
    """The API scopes of a consent: all of them unless granular ones were asked for (Gitea's rule)."""
    known = {f"{level}:{category}" for level in ("read", "write") for category in CATEGORIES} | {
        "public-only"
    }
    asked = [word for word in scope.split() if word not in {"openid", "profile", "email", "groups"}]
    granular = tuple(word for word in asked if word in known)
    return granular if granular and len(granular) == len(asked) else ("all",)


def signed(forge: Forge, grant: Grant, kind: int) -> str:
    """An access or refresh token of a consent."""
    seconds = ACCESS_SECONDS if kind == ACCESS else REFRESH_SECONDS
    moment = times.now()
    claims = {
        "gnt": grant.id,
        "tt": kind,
        "iat": moment,
        "exp": moment + seconds,
        "jti": secrets.token_hex(8),
        "iss": issuer(forge),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": "forge"}, claims, signing_key(forge))


def grant_of(forge: Forge, token: str, kind: int) -> Grant | None:
    """The consent an access or refresh token belongs to, unless it is forged, expired or withdrawn."""
    try:
        claims = jwt.decode(token, signing_key(forge), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError):
        return None
    if claims.get("tt") != kind or int(claims.get("exp", 0)) < times.now():
        return None
    return forge.database.one(Grant, "SELECT * FROM oauth_grants WHERE id = ?", int(claims.get("gnt", 0)))


def access_token_owner(forge: Forge, token: str) -> GrantedAccess | None:
    """Who may be acted for with an access token."""
    grant = grant_of(forge, token, ACCESS)
    if grant is None:
        return None
    return GrantedAccess(existing_user(forge, grant.user_id), granted_scopes(grant.scope), grant)


def id_token(forge: Forge, application: Application, grant: Grant) -> str:
    """The OpenID Connect statement of who signed in."""
    user = existing_user(forge, grant.user_id)
    moment = times.now()
    claims: JsonObject = {
        "iss": issuer(forge),
        "aud": [application.client_id],
        "sub": str(user.id),
        "iat": moment,
        "exp": moment + ACCESS_SECONDS,
    }
    words = grant.scope.split()
    if grant.nonce:
        claims["nonce"] = grant.nonce
    if "profile" in words:
        claims |= _profile(forge, user)
    if "email" in words:
        claims |= {"email": user.email, "email_verified": user.is_active}
    if "groups" in words:
        claims["groups"] = groups(forge, user)
    return jwt.encode({"alg": ALGORITHM, "kid": "forge"}, dict(claims), signing_key(forge))


def _profile(forge: Forge, user: User) -> JsonObject:
    return {
        "name": user.full_name or user.login,
        "preferred_username": user.login,
        "profile": f"{forge.url}/{user.login}",
        "picture": avatar_url(forge, user),
        "website": user.website,
        "locale": "",
        "updated_at": user.created_at,
    }


def groups(forge: Forge, user: User) -> list[str]:
    """Organizations and teams as `org` and `org:team`."""
    names: list[str] = []
    for org in list_organizations(forge, user):
        names.append(org.login)
        mine = [
            team
            for team in teams(forge, org.id)
            if user.id in {each.id for each in team_members(forge, team.id)}
        ]
        names += [f"{org.login}:{team.name.lower()}" for team in mine]
    return names
