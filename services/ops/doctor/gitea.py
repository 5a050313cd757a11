"""Checks of Gitea: reachable, version, the bot's token and scopes, organisation, meta repository, OAuth."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from services.ops.doctor.findings import Finding, fail, note, ok
from services.ops.doctor.patient import Patient

OLDEST, NEWEST = (1, 21), (1, 27)
SCOPES = "write:organization, write:repository, write:issue, read:user"
_NEW_TOKEN = f"make a token for the bot with {SCOPES}; set GITEA_BOT_TOKEN; restart"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Version(_Answer):
    version: str


class _Account(_Answer):
    login: str
    is_admin: bool = False


class _Team(_Answer):
    id: int
    name: str


class _Permissions(_Answer):
    push: bool = False


class _Repository(_Answer):
    archived: bool = False
    empty: bool = False
    default_branch: str = ""
    permissions: _Permissions = _Permissions()


class _Application(_Answer):
    client_id: str
    redirect_uris: list[str] = []


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that can't change anything: its body or target is invalid, so only the scope is judged."""

    scope: str
    path: str
    needed_for: str


def check_version(client: httpx.Client) -> tuple[Finding, str | None]:
    """Gitea answers and is of a supported version; returns the HTTP date of the answer too."""
    try:
        answer = client.get("/api/v1/version")
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # a bad token spoils even what needs none
            answer = _anonymously(client, client.build_request("GET", "/api/v1/version"))
        found = _Version.model_validate_json(answer.content).version
    except httpx.TransportError as error:
        remedy = "is GITEA_URL right as seen from this machine, and does Gitea run?"
        return fail("gitea", f"{client.base_url} gives no answer ({type(error).__name__})", remedy), None
    except ValidationError:
        seen = f"{client.base_url} answers {answer.status_code}, not as a Gitea would"
        return fail("gitea", seen, "GITEA_URL must be Gitea's own address"), None
    return _supported(found), answer.headers.get("date")


def _supported(found: str) -> Finding:
    match = re.match(r"(\d+)\.(\d+)", found)
    number = (int(match[1]), int(match[2])) if match else (0, 0)
    if number < OLDEST:
        return fail("gitea", f"version {found}", "upgrade Gitea to 1.21 or newer")
    if number > NEWEST:
        return note("gitea", f"version {found} is newer than those tested (1.21 to 1.27)")
    return ok("gitea", f"answers, version {found}")


def check_token(client: httpx.Client, patient: Patient) -> tuple[Finding, bool]:
    """The token belongs to the bot; returns whether the bot is site admin."""
    answer = client.get("/api/v1/user")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return fail("bot-token", "Gitea does not take GITEA_BOT_TOKEN", _NEW_TOKEN), False
    if answer.status_code != httpx.codes.OK:
        return fail(
            "bot-token", f"GET /user answers {answer.status_code} {_words(answer)}", _NEW_TOKEN
        ), False
    account = _Account.model_validate_json(answer.content)
    if account.login.lower() != patient.bot_user.lower():
        seen = f"the token belongs to {account.login}, not to {patient.bot_user}"
        return fail("bot-token", seen, "set GITEA_BOT_USER or GITEA_BOT_TOKEN"), False
    return ok("bot-token", f"belongs to {account.login}"), account.is_admin


def check_scopes(client: httpx.Client, patient: Patient, *, site_admin: bool) -> Finding:
    """The token has every scope, or, for a site admin, the older set; names what fails without the rest."""
    probes = (
        Probe("write:organization", f"/orgs/{patient.org}/repos", "creating repositories"),
        Probe("write:repository", f"/repos/{patient.meta}/branches", "commits and pull requests"),
        Probe("write:issue", f"/repos/{patient.meta}/issues/0/comments", "comments that record decisions"),
    )
    missing = [probe for probe in probes if _scope_missing(client, probe.path)]
    by_admin = site_admin and not _scope_missing(client, f"/admin/users/{patient.org}/repos")
    if by_admin:
        missing = [probe for probe in missing if probe.scope != "write:organization"]
    if not missing:
        return ok("bot-scopes", "site admin's older set" if by_admin else SCOPES)
    lacking = "; ".join(f"{probe.scope} is missing: {probe.needed_for} fail" for probe in missing)
    return fail("bot-scopes", lacking, _NEW_TOKEN)


def _scope_missing(client: httpx.Client, path: str) -> bool:
    """Gitea judges the scope before it looks at the body, which here is always refused."""
    answer = client.post(f"/api/v1{path}", json={})
    return answer.status_code == httpx.codes.FORBIDDEN and "scope" in answer.text


def check_organisation(client: httpx.Client, patient: Patient, *, site_admin: bool) -> Finding:
    """The bot may create repositories and hooks: it owns the organisation."""
    if client.get(f"/api/v1/orgs/{patient.org}").status_code == httpx.codes.NOT_FOUND:
        remedy = "create it in Gitea, or correct GITEA_ORG"
        return fail("org-rights", f"there is no organisation {patient.org}", remedy)
    if site_admin or _owns(client, patient):
        return ok("org-rights", f"{patient.bot_user} owns {patient.org}")
    remedy = f"add {patient.bot_user} to the organisation's Owners team"
    return fail("org-rights", f"{patient.bot_user} does not own {patient.org}", remedy)


def _owns(client: httpx.Client, patient: Patient) -> bool:
    answer = client.get(f"/api/v1/orgs/{patient.org}/teams")
    if answer.status_code != httpx.codes.OK:
        return False
    owners = [team for team in map(_Team.model_validate, answer.json()) if team.name == "Owners"]
    return any(_is_member(client, team, patient.bot_user) for team in owners)


def _is_member(client: httpx.Client, team: _Team, login: str) -> bool:
    """Gitea shows at most fifty members a page."""
    for page in itertools.count(1):
        answer = client.get(f"/api/v1/teams/{team.id}/members", params={"page": page, "limit": 50})
        people = [_Account.model_validate(each) for each in answer.json()] if answer.is_success else []
        if any(person.login.lower() == login.lower() for person in people):
            return True
        if not people:
            return False
    return False


def check_meta_repository(client: httpx.Client, patient: Patient) -> Finding:
    """It exists, has content, and the bot may write to it."""
    answer = client.get(f"/api/v1/repos/{patient.meta}")
    if answer.status_code != httpx.codes.OK:
        remedy = "rfc-ui seed (or correct GITEA_ORG and META_REPO)"
        return fail("meta-repository", f"{patient.meta} is not there or not visible to the bot", remedy)
    repository = _Repository.model_validate_json(answer.content)
    if repository.archived:
        return fail("meta-repository", f"{patient.meta} is archived", "unarchive it in Gitea")
    if repository.empty:
        return fail("meta-repository", f"{patient.meta} is empty", "rfc-ui seed")
    if not repository.permissions.push:
        return fail("meta-repository", f"the bot may not write to {patient.meta}", "see org-rights")
    return ok("meta-repository", f"{patient.meta}, branch {repository.default_branch}")


def check_oauth(client: httpx.Client, patient: Patient) -> Finding:
    """Gitea knows the application and its secret, and takes our redirect address as far as it tells."""
    refusal = _refused_credentials(client, patient)
    if refusal:
        remedy = "take client id and secret from the OAuth2 application in Gitea"
        return fail("oauth", refusal, remedy)
    remedy = f"set the application's redirect address in Gitea to exactly {patient.callback_url}"
    registered = _registered_redirects(client, patient)
    if registered is not None and patient.callback_url not in registered:
        return fail("oauth", f"the redirect address is {', '.join(registered) or 'not set'}", remedy)
    if registered is None and _redirect_refused(client, patient):
        return fail("oauth", "Gitea does not take our redirect address", remedy)
    if registered is None:
        return ok("oauth", f"application known; its redirect address must be {patient.callback_url}")
    return ok("oauth", f"application known, redirects to {patient.callback_url}")


def _refused_credentials(client: httpx.Client, patient: Patient) -> str:
    """A code that never existed is refused after the client was recognised, in other words than before."""
    form = {
        "grant_type": "authorization_code",
        "code": "rfc-ui-doctor",
        "client_id": patient.client_id,
        "client_secret": patient.client_secret,
        "redirect_uri": patient.callback_url,
    }
    request = client.build_request("POST", "/login/oauth/access_token", data=form)
    words = _anonymously(client, request).text.lower()
    if "invalid_client" in words:
        return "Gitea does not know OAUTH_CLIENT_ID"
    return "OAUTH_CLIENT_SECRET is wrong" if "secret" in words else ""


def _registered_redirects(client: httpx.Client, patient: Patient) -> list[str] | None:
    """The application's redirect addresses, if it is the bot's own; Gitea shows nobody else's."""
    answer = client.get("/api/v1/user/applications/oauth2")
    if answer.status_code != httpx.codes.OK:
        return None
    applications = [_Application.model_validate(each) for each in answer.json()]
    return next((each.redirect_uris for each in applications if each.client_id == patient.client_id), None)


def _redirect_refused(client: httpx.Client, patient: Patient) -> bool:
    """Most Gitea ask for sign-in before they look at the address; then nothing can be said."""
    question = {
        "client_id": patient.client_id,
        "redirect_uri": patient.callback_url,
        "response_type": "code",
        "state": "rfc-ui-doctor",
    }
    request = client.build_request("GET", "/login/oauth/authorize", params=question)
    return _anonymously(client, request).status_code == httpx.codes.BAD_REQUEST


def _anonymously(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    del request.headers["Authorization"]
    return client.send(request)


def _words(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:160]
