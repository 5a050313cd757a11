"""OAuth2 applications, people's consent to them, and authorization codes."""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.forge import times
from services.forge.passwords import digest
from services.forge.records import Application, Code, Grant, User
from services.forge.refusals import Refused, not_found
from services.forge.state import Forge

CODE_SECONDS = 600
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An OAuth2 application to be created, or what it shall become."""

    name: str
    redirect_uris: tuple[str, ...]
    confidential: bool = False
    skip_consent: bool = False


def _new_secret() -> str:
    return f"gto_{secrets.token_hex(26)}"


def create_application(forge: Forge, owner: User, new: NewApplication) -> tuple[Application, str]:
    """Create an application; its secret is answered this once. 400 for addresses that are none."""
    _check_redirects(new)
    secret = _new_secret()
    number = forge.database.execute(
        "INSERT INTO oauth_applications (user_id, name, client_id, secret_digest, redirect_uris, confidential,"
        " skip_consent, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(owner.id, new.name, str(uuid.uuid4()), digest(secret), json.dumps(new.redirect_uris)),
        *(new.confidential, new.skip_consent, times.now()),
    )
    return application(forge, owner, number), secret


def _check_redirects(new: NewApplication) -> None:
    for uri in new.redirect_uris:
        if not urlsplit(uri).scheme:
            raise Refused(400, f"invalid redirect URI: {uri}")


def edit_application(forge: Forge, present: Application, new: NewApplication) -> tuple[Application, str]:
    """Change an application, which also gives it a new secret."""
    _check_redirects(new)
    secret = _new_secret()
    forge.database.execute(
        "UPDATE oauth_applications SET name = ?, redirect_uris = ?, confidential = ?, skip_consent = ?,"
        " secret_digest = ? WHERE id = ?",
        *(
            new.name,
            json.dumps(new.redirect_uris),
            new.confidential,
            new.skip_consent,
            digest(secret),
            present.id,
        ),
    )
    changed = application_by_id(forge, present.id)
    return changed, secret


def application(forge: Forge, owner: User, number: int) -> Application:
    """One of a person's applications; 404 otherwise."""
    found = application_by_id(forge, number)
    if found.user_id != owner.id:
        raise not_found()
    return found


def application_by_id(forge: Forge, number: int) -> Application:
    """An application by number; 404 otherwise."""
    found = forge.database.one(Application, "SELECT * FROM oauth_applications WHERE id = ?", number)
    if found is None:
        raise not_found()
    return found


def application_of_client(forge: Forge, client_id: str) -> Application | None:
    """The application with this public identifier."""
    return forge.database.one(Application, "SELECT * FROM oauth_applications WHERE client_id = ?", client_id)


def list_applications(forge: Forge, owner: User) -> list[Application]:
    """A person's applications."""
    return forge.database.all(
        Application, "SELECT * FROM oauth_applications WHERE user_id = ? ORDER BY id", owner.id
    )


def delete_application(forge: Forge, present: Application) -> None:
    """Remove an application with every consent given to it."""
    forge.database.execute("DELETE FROM oauth_applications WHERE id = ?", present.id)


def redirect_allowed(present: Application, uri: str) -> bool:
    """Whether an address is registered; case and one trailing slash don't count, and for public clients on
    loopback the port doesn't either."""
    wanted = _normal(uri)
    known = {_normal(each) for each in present.redirect_uris}
    if wanted in known:
        return True
    if present.confidential or urlsplit(wanted).hostname not in LOOPBACK:
        return False
    return _without_port(wanted) in {_without_port(each) for each in known}


def _normal(uri: str) -> str:
    return uri.lower().removesuffix("/")


def _without_port(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.hostname or "").geturl()


def find_grant(forge: Forge, user: User, present: Application) -> Grant | None:
    """A person's consent to an application."""
    return forge.database.one(
        Grant, "SELECT * FROM oauth_grants WHERE user_id = ? AND application_id = ?", user.id, present.id
    )


def give_grant(forge: Forge, user: User, present: Application, scope: str, nonce: str) -> Grant:
    """Consent; a former consent is kept with its scope and gets the new nonce."""
    forge.database.execute(
        "INSERT INTO oauth_grants (user_id, application_id, scope, nonce, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (user_id, application_id) DO UPDATE SET nonce = excluded.nonce",
        *(user.id, present.id, scope, nonce, times.now()),
    )
    found = find_grant(forge, user, present)
    if found is None:
        raise Refused(400, "the consent was withdrawn meanwhile")
    return found


def create_code(forge: Forge, grant: Grant, redirect_uri: str, challenge: str, method: str) -> str:
    """A code for one exchange within ten minutes."""
    secret = f"gta_{secrets.token_hex(26)}"
    forge.database.execute(
        "INSERT INTO oauth_codes VALUES (?, ?, ?, ?, ?, ?)",
        *(digest(secret), grant.id, redirect_uri, challenge, method, times.now() + CODE_SECONDS),
    )
    return secret


def use_code(forge: Forge, secret: str) -> Code | None:
    """Take a code; the second time there is none."""
    with forge.database.writing():
        found = forge.database.one(Code, "SELECT * FROM oauth_codes WHERE digest = ?", digest(secret))
        forge.database.execute(
            "DELETE FROM oauth_codes WHERE digest = ? OR expires_at < ?", digest(secret), times.now()
        )
    return found if found and found.expires_at >= times.now() else None


def grant_by_id(forge: Forge, number: int) -> Grant | None:
    """A consent by number."""
    return forge.database.one(Grant, "SELECT * FROM oauth_grants WHERE id = ?", number)
