"""A Gitea that answers what a test says, for what the embedded forge can't be made to do."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class AnsweringGitea:
    """Answers by method and path (a regular expression below `/api/v1/`); the last answer of a list stays."""

    answers: list[tuple[str, re.Pattern[str], list[Answer]]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Say what is answered, one after the other."""
        self.answers.append((method, re.compile(path), list(answers)))

    @property
    def transport(self) -> httpx.MockTransport:
        """What a client is given."""
        return httpx.MockTransport(self._answer)

    @property
    def seen(self) -> list[str]:
        """Method and path of all requests."""
        return [f"{request.method} {_path(request)}" for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for method, path, answers in self.answers:
            if method == request.method and path.fullmatch(_path(request)):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(answer, Exception):
                    raise answer
                return answer if isinstance(answer, httpx.Response) else answer(request)
        raise AssertionError(f"nobody said what to answer to {request.method} {_path(request)}")


def _path(request: httpx.Request) -> str:
    return request.url.raw_path.decode().split("?")[0].removeprefix("/api/v1/")


def user(login: str = "bot", number: int = 1, **more: Any) -> dict[str, Any]:
    """A user as Gitea shows one."""
    return {"id": number, "login": login, "username": login, **more}


def pull(number: int = 7, **more: Any) -> dict[str, Any]:
    """An open, mergeable pull request as Gitea shows one."""
    made = {
        "number": number,
        "title": "Idea: Human",
        "body": "Why.",
        "state": "open",
        "merged": False,
        "mergeable": True,
        "merge_base": "b" * 40,
        "merge_commit_sha": None,
        "head": {"ref": "idea-human-abc123", "sha": "a" * 40},
        "base": {"ref": "main", "sha": "c" * 40},
        "user": user(),
        "created_at": "2026-01-02T03:04:05+01:00",
        "updated_at": "2026-01-02T03:04:05+01:00",
        "merged_at": None,
        "closed_at": None,
    }
    return made | more


def branch(name: str = "main", sha: str = "a" * 40) -> dict[str, Any]:
    """A branch as Gitea shows one."""
    return {"name": name, "commit": {"id": sha, "message": "x"}, "protected": False}


def repository(full_name: str = "ohm/meta") -> dict[str, Any]:
    """A repository as Gitea shows one."""
    return {"id": 1, "full_name": full_name, "default_branch": "main", "updated_at": "2026-01-02T03:04:05Z"}


def commit(sha: str, *files: str, message: str = "x", at: str = "2026-01-02T03:04:05Z") -> dict[str, Any]:
    """A commit as Gitea lists one."""
    person = {"name": "x", "email": "x@example.org", "date": at}
    text = {"message": message, "author": person, "committer": person}
    return {"sha": sha, "commit": text, "files": [{"filename": name, "status": "added"} for name in files]}


def blob(sha: str, content: bytes | None) -> dict[str, Any]:
    """A blob as Gitea shows one; None: too large."""
    encoded = None if content is None else base64.b64encode(content).decode()
    return {"sha": sha, "size": len(content or b""), "encoding": "base64", "content": encoded}


def json(document: Any, status: int = 200, **headers: str) -> httpx.Response:
    """A JSON answer."""
    return httpx.Response(status, json=document, headers=headers)
