"""Accounts, tokens and scopes, organizations and teams (FACTS A.1, A.2, §0.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.conftest import PASSWORD, Place, Server, client, unique

NewUser = Callable[[str], dict[str, Any]]


def test_the_version_needs_no_sign_in(server: Server) -> None:
    with client(server.url) as nobody:
        answer = nobody.get("/version")

    assert (answer.status_code, list(answer.json())) == (200, ["version"])


def test_limits_are_published(admin: httpx.Client) -> None:
    answer = admin.get("/settings/api").json()

    assert (answer["max_response_items"], answer["default_paging_num"]) == (50, 30)


def test_the_signed_in_person_sees_their_own_address(server: Server, new_user: NewUser) -> None:
    login = new_user("ann")["login"]

    with server.by_token(login, ["read:user"]) as person:
        answer = person.get("/user").json()

    assert (answer["login"], answer["email"], answer["username"]) == (login, f"{login}@example.org", login)


def test_nobody_is_told_to_sign_in(server: Server) -> None:
    with client(server.url) as nobody:
        answer = nobody.get("/user")

    assert (answer.status_code, answer.json()["message"]) == (401, "token is required")


@pytest.mark.parametrize("header", ["token 0000", "Bearer nonsense", "Basic bm9ib2R5Ondyb25n"])
def test_wrong_credentials_are_refused(server: Server, header: str) -> None:
    with client(server.url, headers={"Authorization": header}) as stranger:
        answer = stranger.get("/user")

    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["token", "Bearer", "bearer"])
def test_a_token_works_in_either_header_style(server: Server, new_user: NewUser, kind: str) -> None:
    login = new_user("ann")["login"]
    with client(server.url, auth=(login, PASSWORD)) as owner:
        secret = owner.post(f"/users/{login}/tokens", json={"name": "t", "scopes": ["read:user"]}).json()[
            "sha1"
        ]

    with client(server.url, headers={"Authorization": f"{kind} {secret}"}) as person:
        assert person.get("/user").json()["login"] == login


def test_a_token_may_stand_in_for_a_password(server: Server, new_user: NewUser) -> None:
    login = new_user("ann")["login"]
    with client(server.url, auth=(login, PASSWORD)) as owner:
        secret = owner.post(f"/users/{login}/tokens", json={"name": "t", "scopes": ["read:user"]}).json()[
            "sha1"
        ]

    with client(server.url, auth=(login, secret)) as person:
        assert person.get("/user").json()["login"] == login


def test_errors_carry_a_message_and_the_address_of_the_specification(
    admin: httpx.Client, server: Server
) -> None:
    answer = admin.get(f"/users/{unique('nobody')}")

    assert (answer.status_code, answer.json()["url"].endswith("/api/swagger")) == (404, True)


def test_a_user_is_found_whatever_the_case(admin: httpx.Client, new_user: NewUser) -> None:
    login = new_user("ann")["login"]

    assert admin.get(f"/users/{login.upper()}").json()["login"] == login


def test_others_do_not_see_an_address(place: Place, new_user: NewUser, server: Server) -> None:
    login, other = new_user("ann")["login"], new_user("ben")["login"]

    with server.by_token(other, ["read:user"]) as person:
        assert person.get(f"/users/{login}").json()["is_admin"] is False


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"password": ""}, 400),
        ({"username": "admin"}, 422),
        ({"username": "with space"}, 422),
        ({"email": "no-address"}, 422),
        ({"username": ""}, 422),
    ],
)
def test_a_bad_account_is_refused(admin: httpx.Client, change: dict[str, str], status: int) -> None:
    login = unique("ann")
    body = {
        "username": login,
        "email": f"{login}@example.org",
        "password": PASSWORD,
        "must_change_password": False,
    }

    assert admin.post("/admin/users", json=body | change).status_code == status


def test_a_login_is_given_once(admin: httpx.Client, new_user: NewUser) -> None:
    login = new_user("ann")["login"]
    body = {"username": login, "email": f"{unique('x')}@example.org", "password": PASSWORD}

    assert admin.post("/admin/users", json=body).status_code == 422


def test_only_site_admins_create_accounts(place: Place) -> None:
    body = {"username": unique("x"), "email": f"{unique('x')}@example.org", "password": PASSWORD}

    assert place.bot.post("/admin/users", json=body).status_code == 403


def test_an_account_that_must_change_its_password_can_do_nothing(admin: httpx.Client, server: Server) -> None:
    login = unique("late")
    body = {"username": login, "email": f"{login}@example.org", "password": PASSWORD}
    assert admin.post("/admin/users", json=body).status_code == 201

    with client(server.url, auth=(login, PASSWORD)) as person:
        assert person.get("/user").status_code == 403


def test_a_token_is_made_with_a_password_only(server: Server, place: Place) -> None:
    with server.by_token(place.bot_login, ["write:user"]) as bot:
        answer = bot.post(f"/users/{place.bot_login}/tokens", json={"name": unique("t"), "scopes": ["all"]})

    assert answer.status_code == 401


def test_a_token_shows_its_secret_once(server: Server, new_user: NewUser) -> None:
    login = new_user("ann")["login"]
    with client(server.url, auth=(login, PASSWORD)) as owner:
        made = owner.post(f"/users/{login}/tokens", json={"name": "t", "scopes": ["read:user"]}).json()
        listed = owner.get(f"/users/{login}/tokens").json()

    assert (len(made["sha1"]), listed[0]["sha1"], listed[0]["token_last_eight"]) == (
        40,
        "",
        made["sha1"][-8:],
    )


@pytest.mark.parametrize(
    "body", [{"name": "used", "scopes": ["read:user"]}, {"name": "new", "scopes": ["nonsense"]}]
)
def test_a_used_name_or_unknown_scope_is_refused(
    server: Server, new_user: NewUser, body: dict[str, Any]
) -> None:
    login = new_user("ann")["login"]
    with client(server.url, auth=(login, PASSWORD)) as owner:
        owner.post(f"/users/{login}/tokens", json={"name": "used", "scopes": ["read:user"]})

        assert owner.post(f"/users/{login}/tokens", json=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/user"),
        ("POST", "/orgs/{org}/repos"),
        ("GET", "/repos/issues/search"),
        ("GET", "/admin/users"),
    ],
)
def test_a_missing_scope_is_named(server: Server, place: Place, method: str, path: str) -> None:
    with server.by_token(place.bot_login, ["read:misc"]) as weak:
        answer = weak.request(method, path.format(org=place.org), json={"name": unique("r")})

    assert answer.status_code == 403
    assert answer.json()["message"].startswith("token does not have at least one of required scope(s)") or (
        path == "/admin/users"
    )


def test_repositories_of_an_organization_need_its_scope(server: Server, place: Place) -> None:
    with server.by_token(place.bot_login, ["write:repository", "write:user"]) as weak:
        answer = weak.post(f"/orgs/{place.org}/repos", json={"name": unique("r")})

    assert answer.status_code == 403


def test_a_site_admin_creates_a_repository_for_an_organization(admin: httpx.Client, place: Place) -> None:
    name = unique("r")

    answer = admin.post(f"/admin/users/{place.org}/repos", json={"name": name})

    assert (answer.status_code, answer.json()["full_name"]) == (201, f"{place.org}/{name}")


def test_reading_does_not_allow_writing(server: Server, place: Place) -> None:
    repo = place.repository()
    with server.by_token(place.bot_login, ["read:repository"]) as reader:
        assert reader.get(repo.path).status_code == 200
        assert reader.patch(repo.path, json={"description": "x"}).status_code == 403


def test_a_site_admin_acts_for_somebody_else(admin: httpx.Client, new_user: NewUser) -> None:
    login = new_user("ann")["login"]

    assert admin.get("/user", headers={"Sudo": login}).json()["login"] == login
    assert admin.get("/user", params={"sudo": unique("nobody")}).status_code == 404


def test_nobody_else_acts_for_somebody(place: Place, server: Server) -> None:
    answer = place.bot.get("/user", params={"sudo": server.admin_login})

    assert (answer.status_code, answer.json()["message"]) == (403, "Only administrators allowed to sudo.")


def test_an_application_is_registered_with_a_secret_shown_once(server: Server, new_user: NewUser) -> None:
    login = new_user("ann")["login"]
    body = {"name": "app", "redirect_uris": ["http://127.0.0.1/cb"], "confidential_client": True}
    with client(server.url, auth=(login, PASSWORD)) as owner:
        made = owner.post("/user/applications/oauth2", json=body)
        shown = owner.get(f"/user/applications/oauth2/{made.json()['id']}").json()

    assert made.status_code == 201
    assert (shown["client_id"], shown["client_secret"]) == (made.json()["client_id"], "")
    assert made.json()["client_secret"] != ""


def test_an_organization_is_made_once(place: Place, server: Server) -> None:
    with client(server.url, auth=(place.bot_login, PASSWORD)) as owner:
        answer = owner.post("/orgs", json={"username": place.org})

    assert answer.status_code == 422


def test_an_unknown_organization_is_not_found(place: Place) -> None:
    assert place.bot.get(f"/orgs/{unique('nothing')}").status_code == 404


def test_a_member_asks_who_is_a_member(place: Place, new_user: NewUser) -> None:
    stranger = new_user("ann")["login"]

    assert place.bot.get(f"/orgs/{place.org}/members/{place.bot_login}").status_code == 204
    assert place.bot.get(f"/orgs/{place.org}/members/{stranger}").status_code == 404


def test_a_stranger_is_sent_to_the_public_members(place: Place, new_user: NewUser, server: Server) -> None:
    stranger = new_user("ann")["login"]
    with server.by_token(stranger, ["read:organization"]) as person:
        answer = person.get(f"/orgs/{place.org}/members/{place.bot_login}")

    assert (answer.status_code, "/public_members/" in answer.headers["location"]) == (303, True)


def test_a_team_lets_its_members_write(place: Place, new_user: NewUser, server: Server) -> None:
    repo, login = place.repository(private=True), new_user("ann")["login"]
    body = {
        "name": unique("team"),
        "permission": "write",
        "includes_all_repositories": True,
        "units": ["repo.code", "repo.pulls", "repo.issues"],
    }
    team = place.bot.post(f"/orgs/{place.org}/teams", json=body)
    with server.by_token(login, ["read:repository"]) as person:
        before = person.get(repo.path).status_code
        joined = place.bot.put(f"/teams/{team.json()['id']}/members/{login}").status_code
        after = person.get(repo.path)

    assert (team.status_code, before, joined, after.status_code) == (201, 404, 204, 200)
    assert after.json()["permissions"] == {"admin": False, "push": True, "pull": True}


def test_a_team_without_units_fails(place: Place) -> None:
    body = {"name": unique("team"), "permission": "write"}

    assert place.bot.post(f"/orgs/{place.org}/teams", json=body).status_code == 500


def test_a_team_name_is_given_once(place: Place) -> None:
    body = {"name": unique("team"), "permission": "write", "units": ["repo.code"]}
    place.bot.post(f"/orgs/{place.org}/teams", json=body)

    assert place.bot.post(f"/orgs/{place.org}/teams", json=body).status_code == 422
