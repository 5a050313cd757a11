"""A person without a browser: walks through the forge's sign-in over HTTP, keeping cookies as a browser would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from tests.support.server import RunningServer, address_of_its_own

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
CLIENT_ID = re.compile(r"'client_id': '([0-9a-f-]+)'")
MOST_REDIRECTS = 8


def client_id_in(html: str) -> str:
    """The client id of a page that was loaded, the ticket of its socket."""
    match = CLIENT_ID.search(unescape(html))
    assert match is not None, "this is no live page"
    return match[1]


class Visitor:
    """One browser's worth of cookies for the app and for its forge."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        headers = {"x-forwarded-for": address_of_its_own()}
        self.app = httpx.Client(
            base_url=server.url, headers=headers, trust_env=False, timeout=30, verify=False
        )
        self.forge = httpx.Client(base_url=server.forge.url, trust_env=False, timeout=30, verify=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.app.close()
        self.forge.close()

    def begin(self, next_path: str = "/catalog") -> str:
        """Ask the app for a sign-in; returns the address it leads to at the forge."""
        answer = self.app.get("/auth/login", params={"next": next_path})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def consent(self, address: str, login: str) -> str:
        """Sign in at the forge and agree; returns the callback address with its code."""
        answer = self._follow(address)
        if 'name="user_name"' in answer.text:
            fields = {**_hidden(answer), "user_name": login, "password": login}
            answer = self._posted("/user/login", fields)
        if 'id="authorize-app"' in answer.text:
            answer = self._posted("/login/oauth/grant", {**_hidden(answer), "granted": "true"})
        return answer.headers["location"]

    def sign_in(self, login: str, next_path: str = "/catalog") -> httpx.Response:
        """All of it; returns the callback's answer."""
        return self.app.get(self.consent(self.begin(next_path), login))

    def page(self, path: str) -> str:
        """Open a page; returns its client id, the ticket of its socket."""
        return client_id_in(self.app.get(path).raise_for_status().text)

    @property
    def cookie(self) -> str:
        """The app's session cookie as a header."""
        return "; ".join(f"{name}={value}" for name, value in self.app.cookies.items())

    def post(self, path: str, **headers: str) -> httpx.Response:
        """Send a form from one of the app's own pages, unless `headers` say otherwise."""
        return self.app.post(path, headers={"origin": self.server.url, **headers})

    def _posted(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        answer = self.forge.post(path, data=dict(fields), headers={"origin": self.server.forge.url})
        return self._led(answer)

    def _follow(self, address: str) -> httpx.Response:
        return self._led(self.forge.get(address))

    def _led(self, answer: httpx.Response) -> httpx.Response:
        """Follow the forge's redirects as long as they stay at the forge."""
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect:
                return answer
            target = urljoin(str(answer.url), answer.headers["location"])
            if not target.startswith(self.server.forge.url):
                return answer
            answer = self.forge.get(target)
        raise AssertionError("the forge redirects in circles")


def _hidden(answer: httpx.Response) -> dict[str, str]:
    return {unescape(name): unescape(value) for name, value in HIDDEN.findall(answer.text)}
