"""The same tests run against the embedded forge and, when `GITEA_URL`, `GITEA_ADMIN_USER` and
`GITEA_ADMIN_PASSWORD` are set, against a real Gitea. Names are unique, so a shared Gitea is not disturbed."""

from __future__ import annotations

import base64
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.contract.gitea_schemas import check_answer
from tests.support.forge import ADMIN_PASSWORD, ADMIN_USER, RunningForge, running_forge, wait_until

PASSWORD = "A-long-Passw0rd!"
BOT_SCOPES = ["write:organization", "write:repository", "write:issue", "read:user"]


def encoded(text: str | bytes) -> str:
    """Text as base64, as the contents API takes it."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def unique(stem: str) -> str:
    """A name nobody used before."""
    return f"{stem}-{secrets.token_hex(4)}"


def client(url: str, **options: Any) -> httpx.Client:
    """A client whose every answer is checked against Gitea's specification."""
    return httpx.Client(
        base_url=f"{url}/api/v1",
        timeout=30,
        trust_env=False,
        verify=url.startswith("https"),  # loading certificates takes longer than most tests
        event_hooks={"response": [check_answer]},
        **options,
    )


@dataclass(frozen=True)
class Server:
    """The server under test."""

    url: str
    admin_login: str
    admin_password: str
    embedded: RunningForge | None

    def admin(self) -> httpx.Client:
        """A site admin by password."""
        return client(self.url, auth=(self.admin_login, self.admin_password))

    def by_token(self, login: str, scopes: list[str], password: str = PASSWORD) -> httpx.Client:
        """A person by a token with these scopes."""
        body = {"name": unique("token"), "scopes": scopes}
        with client(self.url, auth=(login, password)) as owner:
            made = owner.post(f"/users/{login}/tokens", json=body)
        assert made.status_code == 201, made.text
        return client(self.url, headers={"Authorization": f"token {made.json()['sha1']}"})


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Gitea when the environment names one, else the embedded forge."""
    url = os.environ.get("GITEA_URL", "").rstrip("/")
    if url:
        yield Server(url, os.environ["GITEA_ADMIN_USER"], os.environ["GITEA_ADMIN_PASSWORD"], None)
        return
    with running_forge(tmp_path_factory) as forge:
        yield Server(forge.url, ADMIN_USER, ADMIN_PASSWORD, forge)


@pytest.fixture(scope="session")
def admin(server: Server) -> Iterator[httpx.Client]:
    """A site admin."""
    with server.admin() as made:
        yield made


@pytest.fixture(scope="session")
def new_user(admin: httpx.Client) -> Callable[[str], dict[str, Any]]:
    """Makes a person with a unique login; their password is `PASSWORD`."""

    def make(stem: str) -> dict[str, Any]:
        login = unique(stem)
        body = {
            "username": login,
            "email": f"{login}@example.org",
            "password": PASSWORD,
            "full_name": stem.title(),
            "must_change_password": False,
        }
        made = admin.post("/admin/users", json=body)
        assert made.status_code == 201, made.text
        return dict(made.json())

    return make


@dataclass(frozen=True)
class Place:
    """An organization with a bot that owns it."""

    server: Server
    org: str
    bot: httpx.Client
    bot_login: str

    def repository(self, **options: Any) -> Repo:
        """A new repository with a first commit."""
        name = unique("repo")
        body = {"name": name, "auto_init": True, "default_branch": "main", **options}
        made = self.bot.post(f"/orgs/{self.org}/repos", json=body)
        assert made.status_code == 201, made.text
        return Repo(self, name, f"/repos/{self.org}/{name}")


@dataclass(frozen=True)
class Repo:
    """A repository, with what most tests do to it."""

    place: Place
    name: str
    path: str

    def get(self, path: str = "", **query: Any) -> httpx.Response:
        """GET below the repository."""
        return self.place.bot.get(httpx.URL(self.path + path).copy_merge_params(query))

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Any other method below the repository."""
        return self.place.bot.request(method, self.path + path, json=body)

    def write(self, path: str, text: str, branch: str = "main") -> dict[str, Any]:
        """Create a file."""
        made = self.send("POST", f"/contents/{path}", {"content": encoded(text), "branch": branch})
        assert made.status_code == 201, made.text
        return dict(made.json())

    def update(self, path: str, text: str, branch: str = "main") -> dict[str, Any]:
        """Change a file."""
        sha = self.get(f"/contents/{path}", ref=branch).json()["sha"]
        made = self.send("PUT", f"/contents/{path}", {"content": encoded(text), "branch": branch, "sha": sha})
        assert made.status_code == 200, made.text
        return dict(made.json())

    def branch(self, name: str, start: str = "main") -> None:
        """Create a branch."""
        made = self.send("POST", "/branches", {"new_branch_name": name, "old_ref_name": start})
        assert made.status_code == 201, made.text

    def pull(self, head: str = "change", **options: Any) -> dict[str, Any]:
        """A branch with one new file, and a pull request from it."""
        self.branch(head)
        self.write(f"{head}.md", f"{head}\n", head)
        made = self.send("POST", "/pulls", {"head": head, "base": "main", "title": f"Add {head}", **options})
        assert made.status_code == 201, made.text
        return dict(made.json())

    def settled(self, number: int) -> dict[str, Any]:
        """The pull request once its check says it merges."""
        wait_until(lambda: self.get(f"/pulls/{number}").json()["mergeable"], what="a mergeable pull request")
        return dict(self.get(f"/pulls/{number}").json())

    def merge(self, number: int, **options: Any) -> httpx.Response:
        """Merge once the check is done."""
        self.settled(number)
        return self.send("POST", f"/pulls/{number}/merge", {"Do": "merge", **options})


@pytest.fixture(scope="session")
def place(server: Server, admin: httpx.Client, new_user: Callable[[str], dict[str, Any]]) -> Iterator[Place]:
    """An organization whose owner is a bot with the scopes the product asks for."""
    login, org = new_user("bot")["login"], unique("org")
    with client(server.url, auth=(login, PASSWORD)) as person:
        made = person.post("/orgs", json={"username": org})
        if made.status_code == 403:  # a Gitea that lets only admins create organizations
            made = admin.post(f"/admin/users/{login}/orgs", json={"username": org})
        assert made.status_code == 201, made.text
    with server.by_token(login, BOT_SCOPES) as bot:
        yield Place(server, org, bot, login)


@pytest.fixture
def repo(place: Place) -> Repo:
    """A fresh repository with a README on `main`."""
    return place.repository()


@pytest.fixture
def empty_repo(place: Place) -> Repo:
    """A fresh repository without any commit."""
    return place.repository(auto_init=False)


@dataclass(frozen=True)
class Received:
    """One webhook delivery as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        """What it is about."""
        return self.headers["x-gitea-event"]

    @property
    def document(self) -> dict[str, Any]:
        """Its payload."""
        return dict(json.loads(self.body))


class Receiver:
    """Takes webhooks."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(headers, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def wait(self, count: int) -> list[Received]:
        """The first `count` deliveries."""
        wait_until(lambda: len(self.received) >= count, what=f"{count} webhooks")
        return self.received

    def wait_for(self, event: str, action: str = "") -> Received:
        """The first delivery of one kind."""

        def found() -> Received | None:
            matching = (
                each
                for each in self.received
                if each.event == event and each.document.get("action", "") == action
            )
            return next(matching, None)

        waited: Received = wait_until(found, what=f"{event} {action}")
        return waited

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A place webhooks can be sent to."""
    made = Receiver()
    yield made
    made.close()


EVENTS = ["push", "create", "delete", "repository", "pull_request"]


def hook_body(url: str, secret: str = "hush", **options: Any) -> dict[str, Any]:
    """The body for a new webhook."""
    config = {"url": url, "content_type": "json", "secret": secret}
    return {"type": "gitea", "active": True, "events": EVENTS, "config": config, **options}
