"""Signing in through Gitea's OpenID provider, and out again (§6.1, FACTS B)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import httpx2
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.starlette_client import OAuth, OAuthError
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from joserfc.errors import JoseError
from starlette.responses import Response

from rfc_ui.http.running import running
from rfc_ui.security.addresses import neighbourhood
from rfc_ui.security.sessions import SessionData, start_fresh, token_of
from rfc_ui.settings import Settings
from services.domain.errors import GiteaUnreachable, ProductError
from services.domain.identifiers import Login
from services.domain.next_address import safe_next
from services.usecases import accounts
from services.usecases.rate_limits import Limited

logger = logging.getLogger(__name__)

CALLBACK = "/auth/callback"
NEXT_KEY = "next"
SCOPE = "openid profile email read:user"
"""Without a granular scope Gitea's token would be allowed everything (FACTS §0.15)."""
TIMEOUT = 10.0
"""Seconds Gitea has for each of the three requests of a sign-in."""


class SignInFailed(ProductError):
    """Gitea and the browser did not agree on this sign-in."""

    code = "sign_in_failed"
    hint = "Start the sign-in again."


class Provider(Protocol):
    """The part of Authlib's client used here."""

    async def authorize_redirect(self, request: Request, redirect_uri: str) -> Response:
        """Send the browser to Gitea, keeping state, nonce and PKCE verifier in its session."""

    async def authorize_access_token(self, request: Request) -> Mapping[str, object]:
        """Exchange the code of a callback; `userinfo` holds the verified claims."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The three addresses under `/auth/`."""

    provider: Provider
    app_url: str

    def routes(self) -> APIRouter:
        """The router to include."""
        router = APIRouter(prefix="/auth", include_in_schema=False)
        router.add_api_route("/login", self.login, methods=["GET"])
        router.add_api_route("/callback", self.callback, methods=["GET"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        return router

    async def login(self, request: Request) -> Response:
        """Remember where the person was and send them to Gitea."""
        address = neighbourhood(request.client.host if request.client else "")
        running(request).context.limits.count(Limited.SIGN_IN, address)
        request.session[NEXT_KEY] = safe_next(request.query_params.get("next"))
        try:
            answer = await self.provider.authorize_redirect(request, f"{self.app_url}{CALLBACK}")
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreachable() from error
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def callback(self, request: Request) -> Response:
        """Take the person Gitea vouches for, in a session that starts here."""
        profile = profile_of(await self._claims(request))
        context = running(request).context
        await _end(request)
        signed_in = await accounts.sign_in(context, profile=profile)
        address = safe_next(str(request.session.get(NEXT_KEY, "/")))
        start_fresh(request.session, token=signed_in.token)
        return _see_other(address)

    async def logout(self, request: Request) -> Response:
        """End the session; its open pages leave too."""
        await _end(request)
        start_fresh(request.session)
        return _see_other("/")

    async def _claims(self, request: Request) -> Mapping[str, object]:
        try:
            token = await self.provider.authorize_access_token(request)
        except MismatchingStateError as error:
            raise self._invalid_state() from error
        except OAuthError as error:
            raise _refused_by_gitea(error) from error
        except JoseError as error:
            logger.warning("sign-in: Gitea's id token was refused: %s", error)
            raise SignInFailed("Gitea's answer could not be verified.", hint=CLOCK_HINT) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreachable() from error
        return cast("Mapping[str, object]", token.get("userinfo") or {})

    def _invalid_state(self) -> SignInFailed:
        return SignInFailed(
            "Invalid state: this sign-in was not started in this browser, or it is over already.",
            hint=f"Start it again from {self.app_url}. The address must be written exactly like that, "
            "and the browser must accept the site's cookie.",
        )


CLOCK_HINT = "Start the sign-in again. If it fails again, an admin should compare the two servers' clocks."


def gitea_provider(settings: Settings) -> Provider:
    """The client registered at Gitea; it reads Gitea's discovery document at the first sign-in that needs it."""
    registry = OAuth()  # type: ignore[no-untyped-call]
    registry.register(  # type: ignore[no-untyped-call]
        "gitea",
        client_id=settings.oauth_client_id,
        client_secret=settings.oauth_client_secret.get_secret_value(),
        server_metadata_url=f"{settings.gitea_url}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "timeout": TIMEOUT,
            "trust_env": False,
        },
    )
    return cast("Provider", registry.gitea)


def profile_of(claims: Mapping[str, object]) -> accounts.GiteaProfile:
    """Read the verified claims: people are keyed by Gitea's number, never by their login (§6.1)."""
    subject, login = str(claims.get("sub", "")), str(claims.get("preferred_username", ""))
    if not subject.isdecimal() or not login:
        raise SignInFailed("Gitea did not say who you are.", hint="Check Gitea's version: 1.21 or newer.")
    return accounts.GiteaProfile(
        id=int(subject),
        login=Login(login),
        email=str(claims.get("email") or ""),
        display_name=str(claims.get("name") or login),
        avatar_url=str(claims.get("picture") or ""),
    )


async def _end(request: Request) -> None:
    session: SessionData = request.session
    token = token_of(session)
    if token is not None:
        await accounts.sign_out(running(request).context, token=token)


def _see_other(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})


def _unreachable() -> GiteaUnreachable:
    return GiteaUnreachable(
        "Gitea can't be reached, so nobody can sign in at the moment.",
        hint="Try again in a minute. Reading goes on meanwhile, and who is signed in stays so.",
    )


def _refused_by_gitea(error: OAuthError) -> SignInFailed:
    logger.warning("sign-in: Gitea answered %s: %s", error.error, error.description)
    if error.error == "access_denied":
        return SignInFailed("You did not allow the sign-in at Gitea.")
    return SignInFailed(
        "Gitea did not accept the sign-in.",
        hint="Start it again. If it fails again, an admin should check the OAuth application at Gitea: "
        "its redirect address, client id and secret.",
    )
