"""The frame as pages use it: `with frame(site, viewer, title=…) as page:` and then `with page.document:`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import Client, ui
from nicegui import context as ui_context
from nicegui.element import Element
from starlette.requests import Request

from components import phrases
from components.design import head_html, icon
from components.first_paint import first_paint_html
from components.notice import run_in_page
from components.propose_dialog import propose_dialog
from components.shell import Chrome, Columns, frame_html
from pages.live import follow
from pages.site import Site, session_token
from services.domain.actors import Actor, Viewer
from services.domain.events import user_topic
from services.usecases.accounts import viewer_of

__all__ = ["Columns", "Frame", "address", "frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The columns a page fills: the document, and with three columns the conversation."""

    document: Element
    conversation: Element | None

    @property
    def columns(self) -> tuple[Element, ...]:
        """The columns there are, left to right."""
        return (self.document,) if self.conversation is None else (self.document, self.conversation)

    @property
    def talk(self) -> Element:
        """The conversation of a page that has one."""
        if self.conversation is None:
            raise LookupError("this page has no conversation column")
        return self.conversation


@contextmanager
def frame(
    site: Site,
    viewer: Viewer,
    *,
    title: str,
    columns: Columns = Columns.TWO,
    talk: str = phrases.CONVERSATION,
    front: str = "document",
    sign_in_elsewhere: bool = False,
) -> Iterator[Frame]:
    """Put the page being built into the frame; `front` is the column a phone shows first.

    Nothing of the frame is sent when the block raises: the error page brings its own.
    """
    client = ui_context.client
    _leave_landmarks_to_us(client)
    document = ui.element("main").classes("r-col").props('data-col="document" tabindex="-1"')
    page = Frame(document=document, conversation=_conversation(talk) if columns is Columns.THREE else None)
    yield page
    if viewer is not None and not viewer.muted:
        propose_dialog(site.context, viewer, _viewer_now(site, client))
    chrome = Chrome(
        site_name=site.name,
        viewer=viewer,
        path=address(client.request),
        columns=columns,
        talk=talk,
        front=front,
        catalog=site.feed.head,
        document_id=document.html_id,
        sign_in_elsewhere=sign_in_elsewhere,
        unread=0 if viewer is None else site.bells.last(viewer),
    )
    ui.page_title(f"{title} · {site.name}" if title != site.name else title)
    ui.add_head_html(head_html())
    ui.add_body_html(frame_html(chrome, document=first_paint_html(page.columns)))
    site.channel.join()
    if viewer is not None:
        site.bells.join(viewer)
        _follow_account(site, client, viewer)


def address(request: Request) -> str:
    """Where the person is, so that signing in can lead back."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _leave_landmarks_to_us(client: Client) -> None:
    """Quasar's page is a `main` of its own; ours is the document column."""
    slot = client.content.parent_slot
    if slot is not None:
        slot.parent.props('role="none"')


def _conversation(label: str) -> Element:
    column = ui.element("aside").classes("r-col r-col--talk").props(f'data-col="talk" aria-label="{label}"')
    with column:
        for look, act in (("r-railbtn", "Show"), ("r-collapse", "Collapse")):
            ui.html(icon("panel-right"), sanitize=False, tag="button").classes(f"r-icon {look}").props(
                f'type="button" data-act="toggle-talk" aria-label="{act} the {label.lower()}"'
            )
    return column


def _viewer_now(site: Site, client: Client) -> Callable[[], Awaitable[Viewer]]:
    """Reads who is at this page at the moment of an act."""
    token = session_token(client.request)
    return lambda: viewer_of(site.context, token=token)


def _follow_account(site: Site, client: Client, viewer: Actor) -> None:
    """Sign-out, mute and role changes reach the open page at once (ARCHITECTURE §3)."""
    viewer_now = _viewer_now(site, client)

    async def check() -> None:
        present = await viewer_now()
        if present is None:
            run_in_page("rfc.signedOut()", client=client)
        elif (present.role, present.muted) != (viewer.role, viewer.muted):
            run_in_page("rfc.reload()", client=client)

    # At once too: they may have changed between reading them and following.
    follow(site.context.bus, [user_topic(viewer.id)], check).soon()
