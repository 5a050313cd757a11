"""A site of its own with people on it, for benchmarks that need more than a reader."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx

from benchmarks.site import long_text
from services.domain.branch import branch_address
from services.domain.identifiers import Slug
from services.domain.permissions import EditAccess
from services.usecases.branch_access import set_edit_access
from services.usecases.context import Context
from services.usecases.contribute import start_contributing
from tests.support.beside import actor_called, use_cases_beside
from tests.support.forge import wait_until
from tests.support.live_line import key_in
from tests.support.meta_files import write_file
from tests.support.server import PEOPLE, WRITER, RunningServer
from tests.support.visitor import CLIENT_ID, Visitor

SLUG = Slug("bench")
ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class OpenPage:
    """A page that was loaded: its client id, the key of its editor window if it has one, and what it listens to."""

    client_id: str
    key: str
    listeners: Mapping[str, tuple[int, str]]
    """For each kind of event: the number of the element and of its listener."""

    def event(self, kind: str, value: Mapping[str, object] | str) -> str:
        """The frame in which the page tells the server of such an event."""
        element, listener = self.listeners[kind]
        told = {
            "client_id": self.client_id,
            "id": element,
            "listener_id": listener,
            "args": [json.dumps(value)],
        }
        return "42" + json.dumps(["event", told])


@contextmanager
def signed_in(server: RunningServer) -> Iterator[dict[str, Visitor]]:
    """Everybody, signed in."""
    with ExitStack() as stack:
        people = {login: stack.enter_context(Visitor(server)) for login in PEOPLE}
        for login, person in people.items():
            person.sign_in(login)
        yield people


def add_document(server: RunningServer, *, size: int) -> str:
    """Commit a document of so many bytes as an entry, and wait until the app has it; its text."""
    body = long_text(size)
    front = f"---\nslug: {SLUG}\ntitle: Bench\nstate: super-draft\nproposed_by: {WRITER}\n---\n\n"
    write_file(server, f"rfcs/{SLUG}.md", front + body)
    address = f"{server.url}/api/rfcs/{SLUG}"
    wait_until(lambda: httpx.get(address, trust_env=False).is_success, seconds=30, what="the document")
    return body


@asynccontextmanager
async def open_branch(server: RunningServer) -> AsyncIterator[tuple[Context, str]]:
    """A branch of the document that everybody may edit, and use-cases beside the server."""
    async with use_cases_beside(server) as context:
        actor = await actor_called(context, WRITER)
        started = await start_contributing(context, actor=actor, slug=SLUG)
        await set_edit_access(
            context, actor=actor, slug=SLUG, name=started.name, edit_access=EditAccess.ANYONE
        )
        yield context, started.name


def load_page(person: Visitor, branch: str, *, mode: str = "contribute") -> OpenPage:
    """Load a branch's page as this person's browser would."""
    return load_path(person, f"{branch_address(SLUG, branch)}?mode={mode}", editor=mode == "contribute")


def load_path(person: Visitor, path: str, *, editor: bool = False, holding: str = "") -> OpenPage:
    """Load any page as this person's browser would; `holding`: only elements that show this are listened to."""
    answer = person.app.get(path).raise_for_status()
    found = CLIENT_ID.search(unescape(answer.text))
    if found is None:
        raise RuntimeError(f"{path} is no live page")
    return OpenPage(found[1], key_in(answer.text) if editor else "", _listeners(answer.text, holding))


def _listeners(html: str, holding: str) -> dict[str, tuple[int, str]]:
    """Read what NiceGUI's page builds itself from; of several listeners to one kind of event the last counts."""
    found = ELEMENTS.search(html)
    if found is None:
        raise RuntimeError("the page has no elements")
    elements = json.loads(unescape(found[1]))
    return {
        event["type"]: (int(number), event["listener_id"])
        for number, element in elements.items()
        if holding in str(element.get("props", {}))
        for event in element.get("events", ())
    }


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
