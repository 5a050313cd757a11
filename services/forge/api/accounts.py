"""The API of people, tokens and OAuth2 applications."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.responses import Response

from services.forge import applications
from services.forge.accounts import (
    NewUser,
    UserEdit,
    create_token,
    create_user,
    delete_token,
    delete_user,
    edit_user,
    list_tokens,
    list_users,
    person,
)
from services.forge.accounts import find_user as lookup
from services.forge.api.call import Call, answer, nothing, paging_headers
from services.forge.api.routing import Endpoint, endpoint
from services.forge.organizations import list_organizations
from services.forge.records import User
from services.forge.refusals import Refused, forbidden, not_found
from services.forge.render import application_json, organization_json, token_json, user_json


class CreateUserOption(BaseModel):
    """Body of `POST /admin/users`; Gitea's own default asks for a new password at once."""

    username: str = Field(min_length=1)
    email: str = Field(min_length=1)
    password: str = ""
    full_name: str = ""
    must_change_password: bool = True
    visibility: str = "public"


class EditUserOption(BaseModel):
    """Body of `PATCH /admin/users/{name}`."""

    full_name: str | None = None
    email: str | None = None
    password: str | None = None
    admin: bool | None = None
    active: bool | None = None
    prohibit_login: bool | None = None
    must_change_password: bool | None = None


class CreateTokenOption(BaseModel):
    """Body of `POST /users/{name}/tokens`."""

    name: str = Field(min_length=1)
    scopes: list[str] = []


class ApplicationOption(BaseModel):
    """Body for an OAuth2 application."""

    name: str = Field(min_length=1)
    redirect_uris: list[str] = []
    confidential_client: bool = False
    skip_secondary_authorization: bool = False


def show_me(call: Call) -> Response:
    """The caller, with their real e-mail address."""
    return answer(user_json(call.forge, call.person(), call.viewer))


def show_user(call: Call) -> Response:
    """Anybody; organizations too, as in Gitea."""
    found = lookup(call.forge, call.part("login"))
    if found is None:
        raise not_found(f"user redirect does not exist [name: {call.part('login')}]")
    return answer(user_json(call.forge, found, call.viewer))


def search_users(call: Call) -> Response:
    """People by part of their name, or one by number."""
    text, uid = call.query("q").lower(), call.query("uid")
    found = [
        each
        for each in list_users(call.forge)
        if (text in each.login.lower() or text in each.full_name.lower()) and uid in {"", "0", str(each.id)}
    ]
    page = call.page()
    shown = [user_json(call.forge, each, call.viewer) for each in page.of(found)]
    return answer({"ok": True, "data": shown}, headers=paging_headers(call, page, len(found)))


def admin_list_users(call: Call) -> Response:
    """All people, for site admins."""
    call.site_admin()
    found = list_users(call.forge)
    page = call.page()
    shown = [user_json(call.forge, each, call.viewer) for each in page.of(found)]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def admin_create_user(call: Call) -> Response:
    """A new person."""
    admin = call.site_admin()
    option = call.bind(CreateUserOption)
    made = create_user(
        call.forge,
        NewUser(
            login=option.username,
            email=option.email,
            password=option.password,
            full_name=option.full_name,
            must_change_password=option.must_change_password,
            visibility=option.visibility,
        ),
    )
    return answer(user_json(call.forge, made, admin), 201)


def admin_edit_user(call: Call) -> Response:
    """Change a person."""
    admin = call.site_admin()
    option = call.bind(EditUserOption)
    edit = UserEdit(
        full_name=option.full_name,
        email=option.email,
        password=option.password,
        is_admin=option.admin,
        is_active=option.active,
        prohibit_login=option.prohibit_login,
        must_change_password=option.must_change_password,
    )
    return answer(
        user_json(call.forge, edit_user(call.forge, person(call.forge, call.part("login")), edit), admin)
    )


def admin_delete_user(call: Call) -> Response:
    """Delete a person."""
    call.site_admin()
    delete_user(call.forge, person(call.forge, call.part("login")))
    return nothing()


def _token_owner(call: Call) -> User:
    if not call.identity.by_password:
        raise Refused(401, "auth required")
    owner = person(call.forge, call.part("login"))
    if not (call.person().is_admin or call.person().id == owner.id):
        raise forbidden("doer should be the site admin or be same as the contextUser")
    return owner


def tokens(call: Call) -> Response:
    """A person's tokens."""
    found = list_tokens(call.forge, _token_owner(call))
    page = call.page()
    return answer(
        [token_json(each) for each in page.of(found)], headers=paging_headers(call, page, len(found))
    )


def new_token(call: Call) -> Response:
    """A new token; its secret is shown here only."""
    owner = _token_owner(call)
    option = call.bind(CreateTokenOption)
    token, secret = create_token(call.forge, owner, option.name, option.scopes)
    return answer(token_json(token, secret), 201)


def revoke_token(call: Call) -> Response:
    """Revoke a token by name or number."""
    delete_token(call.forge, _token_owner(call), call.part("token"))
    return nothing()


def my_organizations(call: Call) -> Response:
    """The organizations the caller belongs to."""
    found = list_organizations(call.forge, call.person())
    page = call.page()
    return answer(
        [organization_json(call.forge, each) for each in page.of(found)],
        headers=paging_headers(call, page, len(found)),
    )


def list_applications(call: Call) -> Response:
    """The caller's OAuth2 applications."""
    found = applications.list_applications(call.forge, call.person())
    page = call.page()
    return answer(
        [application_json(each) for each in page.of(found)], headers=paging_headers(call, page, len(found))
    )


def _new_application(call: Call) -> applications.NewApplication:
    option = call.bind(ApplicationOption)
    return applications.NewApplication(
        name=option.name,
        redirect_uris=tuple(option.redirect_uris),
        confidential=option.confidential_client,
        skip_consent=option.skip_secondary_authorization,
    )


def create_application(call: Call) -> Response:
    """A new OAuth2 application with its secret."""
    made, secret = applications.create_application(call.forge, call.person(), _new_application(call))
    return answer(application_json(made, secret), 201)


def show_application(call: Call) -> Response:
    """One of the caller's applications."""
    return answer(application_json(applications.application(call.forge, call.person(), call.number("id"))))


def edit_application(call: Call) -> Response:
    """Change an application; it gets a new secret, as in Gitea."""
    present = applications.application(call.forge, call.person(), call.number("id"))
    changed, secret = applications.edit_application(call.forge, present, _new_application(call))
    return answer(application_json(changed, secret))


def delete_application(call: Call) -> Response:
    """Remove an application with every consent given to it."""
    applications.delete_application(
        call.forge, applications.application(call.forge, call.person(), call.number("id"))
    )
    return nothing()


ENDPOINTS: list[Endpoint] = [
    endpoint("GET", "/user", show_me, "user"),
    endpoint("GET", "/user/orgs", my_organizations, "user", "organization"),
    endpoint("GET", "/user/applications/oauth2", list_applications, "user"),
    endpoint("POST", "/user/applications/oauth2", create_application, "user"),
    endpoint("GET", "/user/applications/oauth2/{id}", show_application, "user"),
    endpoint("PATCH", "/user/applications/oauth2/{id}", edit_application, "user"),
    endpoint("DELETE", "/user/applications/oauth2/{id}", delete_application, "user"),
    endpoint("GET", "/users/search", search_users, "user"),
    endpoint("GET", "/users/{login}", show_user, "user"),
    endpoint("GET", "/users/{login}/tokens", tokens, "user"),
    endpoint("POST", "/users/{login}/tokens", new_token, "user"),
    endpoint("DELETE", "/users/{login}/tokens/{token}", revoke_token, "user"),
    endpoint("GET", "/admin/users", admin_list_users, "admin"),
    endpoint("POST", "/admin/users", admin_create_user, "admin"),
    endpoint("PATCH", "/admin/users/{login}", admin_edit_user, "admin"),
    endpoint("DELETE", "/admin/users/{login}", admin_delete_user, "admin"),
]
