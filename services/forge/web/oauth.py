"""The OAuth2 and OpenID Connect endpoints applications call themselves."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.forge.accounts import user_by_id
from services.forge.applications import application_by_id, application_of_client, grant_by_id, use_code
from services.forge.json_types import JsonObject
from services.forge.oauth_tokens import (
    ACCESS,
    ACCESS_SECONDS,
    ALGORITHM,
    REFRESH,
    access_token_owner,
    grant_of,
    groups,
    id_token,
    issuer,
    public_keys,
    signed,
)
from services.forge.passwords import digest
from services.forge.records import Application, Code, Grant
from services.forge.render import avatar_url
from services.forge.state import Forge

UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """A refusal of the token endpoint, with its OAuth2 code."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The fields of a request, from a form or JSON, with the client's Basic credentials merged in."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """One field, empty when absent."""
        return self.fields.get(name, "")


async def _read(request: Request) -> TokenRequest:
    if "json" in request.headers.get("content-type", ""):
        try:
            document = json.loads(await request.body())
        except ValueError as bad:
            raise OAuthError("invalid_request", "the body is not JSON") from bad
        pairs = document.items() if isinstance(document, dict) else []
    else:
        pairs = (await request.form()).items()
    fields = {str(key): value for key, value in pairs if isinstance(value, str)}
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        fields = _with_basic(fields, value)
    return TokenRequest(fields)


def _with_basic(fields: dict[str, str], encoded: str) -> dict[str, str]:
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as bad:
        raise OAuthError("invalid_request", "cannot parse basic auth header") from bad
    given = {"client_id": unquote(name), "client_secret": unquote(secret)}
    for key, value in given.items():
        if fields.get(key) not in {None, "", value}:
            raise OAuthError(
                "invalid_request", f"{key} in request body inconsistent with Authorization header"
            )
    return fields | given


def _client(forge: Forge, asked: TokenRequest) -> Application:
    found = application_of_client(forge, asked.text("client_id"))
    if found is None:
        raise OAuthError("invalid_client", f"cannot load client with client id: '{asked.text('client_id')}'")
    given = digest(asked.text("client_secret"))
    checked = found.confidential or asked.text("client_secret")
    if checked and not hmac.compare_digest(given, found.secret_digest):
        raise OAuthError("unauthorized_client", "invalid client secret")
    return found


def _exchange(forge: Forge, asked: TokenRequest) -> JsonObject:
    kind = asked.text("grant_type")
    if kind == "authorization_code":
        return _by_code(forge, asked)
    if kind == "refresh_token":
        return _by_refresh(forge, asked)
    raise OAuthError(
        "unsupported_grant_type", "Only refresh_token or authorization_code grant type is supported"
    )


def _by_code(forge: Forge, asked: TokenRequest) -> JsonObject:
    application = _client(forge, asked)
    code = use_code(forge, asked.text("code"))
    if code is None:
        raise OAuthError("unauthorized_client", "client is not authorized")
    if not challenge_met(code, asked.text("code_verifier")):
        raise OAuthError("unauthorized_client", "failed PKCE code challenge")
    grant = grant_by_id(forge, code.grant_id)
    if grant is None or grant.application_id != application.id:
        raise OAuthError("invalid_grant", "invalid grant")
    if code.redirect_uri != asked.text("redirect_uri"):
        raise OAuthError("invalid_grant", "redirect_uri does not match the one of the authorization request")
    return _tokens(forge, application, grant)


def challenge_met(code: Code, verifier: str) -> bool:
    """Whether the PKCE verifier fits the challenge that was sent, if one was."""
    if not code.challenge:
        return True
    shown = verifier
    if code.challenge_method == "S256":
        shown = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return bool(verifier) and hmac.compare_digest(shown.encode(), code.challenge.encode())


def _by_refresh(forge: Forge, asked: TokenRequest) -> JsonObject:
    application = _client(forge, asked)
    grant = grant_of(forge, asked.text("refresh_token"), REFRESH)
    if grant is None:
        raise OAuthError("unauthorized_client", "unable to parse refresh token")
    if grant.application_id != application.id:
        raise OAuthError("invalid_grant", "grant does not exist")
    return _tokens(forge, application, grant)


def _tokens(forge: Forge, application: Application, grant: Grant) -> JsonObject:
    document: JsonObject = {
        "access_token": signed(forge, grant, ACCESS),
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": signed(forge, grant, REFRESH),
    }
    if "openid" in grant.scope.split():
        document["id_token"] = id_token(forge, application, grant)
    return document


def _introspect(forge: Forge, asked: TokenRequest) -> JsonObject:
    application = _client(forge, asked)
    found = access_token_owner(forge, asked.text("token"))
    if found is None or found.grant.application_id != application.id:
        return {"active": False}
    return {
        "active": True,
        "scope": found.grant.scope,
        "username": found.user.login,
        "iss": issuer(forge),
        "aud": [application_by_id(forge, found.grant.application_id).client_id],
        "sub": str(found.user.id),
    }


def _userinfo(forge: Forge, token: str) -> JsonObject | None:
    found = access_token_owner(forge, token)
    user = user_by_id(forge, found.user.id) if found else None
    if user is None:
        return None
    return {
        "sub": str(user.id),
        "name": user.full_name or user.login,
        "preferred_username": user.login,
        "email": user.email,
        "picture": avatar_url(forge, user),
        "groups": groups(forge, user),
    }


def _discovery(forge: Forge) -> JsonObject:
    base = f"{forge.url}/login/oauth"
    return {
        "issuer": issuer(forge),
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/access_token",
        "jwks_uri": f"{base}/keys",
        "userinfo_endpoint": f"{base}/userinfo",
        "introspection_endpoint": f"{base}/introspect",
        "response_types_supported": ["code", "id_token"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "claims_supported": ["aud", "exp", "iat", "iss", "sub", "name", "preferred_username", "profile", "picture",
                             "website", "locale", "updated_at", "email", "email_verified", "groups"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    }  # fmt: skip


def _answering(
    forge: Forge, work: Callable[[Forge, TokenRequest], JsonObject]
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            document = await run_in_threadpool(work, forge, await _read(request))
        except OAuthError as refused:
            document = {"error": refused.code, "error_description": refused.description}
            return JSONResponse(document, 400, UNCACHED)
        return JSONResponse(document, headers=UNCACHED)

    return serve


def oauth_routes(forge: Forge) -> list[Route]:
    """The routes applications call."""

    async def userinfo(request: Request) -> Response:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        document = await run_in_threadpool(_userinfo, forge, token) if kind.lower() == "bearer" else None
        if document is None:
            return PlainTextResponse(
                "no valid authorization", 401, {"WWW-Authenticate": 'Bearer realm="Gitea"'}
            )
        return JSONResponse(document)

    async def keys(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(public_keys, forge))

    async def discovery(_: Request) -> Response:
        return JSONResponse(_discovery(forge))

    return [
        Route("/.well-known/openid-configuration", discovery),
        Route("/login/oauth/access_token", _answering(forge, _exchange), methods=["POST"]),
        Route("/login/oauth/introspect", _answering(forge, _introspect), methods=["POST"]),
        Route("/login/oauth/userinfo", userinfo, methods=["GET", "POST"]),
        Route("/login/oauth/keys", keys),
    ]
