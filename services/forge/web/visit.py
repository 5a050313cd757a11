"""One visit to a page: the request, its form, and who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from services.forge.records import User
from services.forge.refusals import Refused
from services.forge.state import Forge
from services.forge.web.layout import message_page, page
from services.forge.web.sessions import Session, current_session, same_origin, token_matches

FORM_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page, with its form read and its session known."""

    forge: Forge
    request: Request
    session: Session | None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def user(self) -> User | None:
        """Who is signed in."""
        return self.session.user if self.session else None

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A query parameter, empty when absent."""
        return self.request.query_params.get(name, "")

    def page(self, title: str, body: str, status: int = 200) -> HTMLResponse:
        """A page in the forge's frame."""
        csrf = self.session.csrf if self.session else ""
        return page(title, body, site=self.forge.settings.title, user=self.user, csrf=csrf, status=status)

    def check_form(self) -> None:
        """Refuse forms from elsewhere (400)."""
        genuine = same_origin(self.forge, self.request)
        if genuine and self.session is not None:
            genuine = token_matches(self.session, self.form.get("_csrf", ""))
        if not genuine:
            raise Refused(400, "Invalid CSRF token.")


def page_route(
    forge: Forge, path: str, work: Callable[[Visit], Response], methods: tuple[str, ...] = ("GET",)
) -> Route:
    """A route for a page; refusals become pages too."""

    async def serve(request: Request) -> Response:
        form: dict[str, str] = {}
        if request.method == "POST":
            sent = await request.form(max_fields=50, max_files=0)
            form = {key: value for key, value in sent.items() if isinstance(value, str)}
        return await run_in_threadpool(_run, forge, work, request, form)

    return Route(path, serve, methods=list(methods), include_in_schema=False)


def _run(
    forge: Forge, work: Callable[[Visit], Response], request: Request, form: Mapping[str, str]
) -> Response:
    try:
        return work(Visit(forge, request, current_session(forge, request), form))
    except Refused as refused:
        if refused.location:
            return Response(status_code=refused.status, headers={"Location": refused.location})
        title = "Page not found" if refused.status == 404 else "That did not work"
        text = "There is nothing here, or you may not see it." if refused.status == 404 else refused.message
        return message_page(title, text, site=forge.settings.title, status=refused.status)
