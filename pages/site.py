"""What every page knows: the use-cases' context, what this site is called, and the live catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from components.answers import AnswerFeed
from components.diff_view import Differences
from components.preview import Previews
from components.uncommitted import UncommittedTexts
from pages.bells import Bells
from pages.catalog_feed import CatalogFeed
from pages.catalog_live import CatalogChannel
from services.domain.actors import Viewer
from services.usecases.accounts import viewer_of
from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One running site; made once at start."""

    context: Context
    name: str
    pitch: str
    app_url: str
    philosophy_path: Path | None = None
    """The operator's own text for `/philosophy`; `None` shows the one that ships."""
    feed: CatalogFeed = field(default_factory=CatalogFeed)
    channel: CatalogChannel = field(default_factory=CatalogChannel)
    differences: Differences = field(default_factory=Differences)
    bells: Bells = field(default_factory=Bells)
    previews: Previews = field(default_factory=Previews)
    uncommitted: UncommittedTexts = field(default_factory=UncommittedTexts)
    answers: AnswerFeed = field(default_factory=AnswerFeed)

    async def viewer(self, request: Request) -> Viewer:
        """Whoever sent the request, read fresh; `None` is anonymous.

        A token whose session has ended is taken out of the cookie: the page that is made is a stranger's, and is not
        told to leave, again and again, because its session is over.
        """
        token = session_token(request)
        viewer = await viewer_of(self.context, token=token)
        if viewer is None and token is not None:
            del request.session["token"]
        return viewer


def session_token(request: Request) -> str | None:
    """The session token in the request's signed cookie, if there is one."""
    token = request.session.get("token") if "session" in request.scope else None
    return token if isinstance(token, str) else None
