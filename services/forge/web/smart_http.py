"""Clone, fetch and push over HTTP, through git's own `http-backend`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from services.forge.events import ref_changed
from services.forge.git_refs import all_refs, changed_refs, is_empty
from services.forge.git_store import GIT, GIT_ENVIRONMENT
from services.forge.identity import Identity, identify
from services.forge.records import Repository
from services.forge.refusals import Refused
from services.forge.repositories import Access, access, find_repository, set_default_branch
from services.forge.state import Forge

SERVICES = ("git-upload-pack", "git-receive-pack")
CHUNK = 65536
ASK = {"WWW-Authenticate": 'Basic realm="Gitea"'}


@dataclass(frozen=True, slots=True)
class GitRequest:
    """One request of a git client that may go on."""

    repository: Repository
    identity: Identity
    path: str
    pushes: bool


def _action(request: Request) -> str:
    """`info/refs`, `git-upload-pack` or `git-receive-pack`: the end of the path."""
    return "info/refs" if request.url.path.endswith("/info/refs") else request.url.path.rpartition("/")[2]


def _admit(forge: Forge, request: Request) -> GitRequest:
    service = request.query_params.get("service") or _action(request)
    pushes = service == "git-receive-pack"
    try:
        identity = identify(forge, request)
    except Refused as refused:
        raise Refused(401, "Unauthorized") from refused
    repository = find_repository(forge, request.path_params["owner"], request.path_params["name"])
    rights = access(forge, repository, identity.user) if repository else Access.NONE
    if repository is None or rights < Access.READ:
        raise Refused(401 if identity.user is None else 404, "Repository not found")
    if service not in SERVICES:
        raise Refused(403, "dumb HTTP is not offered")
    if not identity.allows("write" if pushes else "read", "repository"):
        raise Refused(403, "token does not have the repository scope")
    if pushes:
        _admit_push(repository, identity, rights)
    return GitRequest(repository, identity, f"/{_action(request)}", pushes)


def _admit_push(repository: Repository, identity: Identity, rights: Access) -> None:
    if identity.user is None:
        raise Refused(401, "Unauthorized")
    if rights < Access.WRITE:
        raise Refused(403, "User permission denied for writing.")
    if repository.archived:
        raise Refused(403, "This repo is archived. You can view files and clone it, but cannot push.")


def _environment(forge: Forge, request: Request, asked: GitRequest) -> dict[str, str]:
    headers = request.headers
    path = forge.store.path(asked.repository.owner_login, asked.repository.name)
    user = asked.identity.user
    environment = {
        **GIT_ENVIRONMENT,
        "PATH": os.defpath,
        "HOME": str(path),
        "GIT_PROJECT_ROOT": str(path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": asked.path,
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    if user and asked.pushes:
        environment["REMOTE_USER"] = user.login
    named = {
        "content-length": "CONTENT_LENGTH",
        "content-encoding": "HTTP_CONTENT_ENCODING",
        "git-protocol": "GIT_PROTOCOL",
    }
    return environment | {variable: headers[name] for name, variable in named.items() if name in headers}


class _Backend:
    """A running `git http-backend`."""

    def __init__(self, process: asyncio.subprocess.Process, request: Request) -> None:
        self._process = process
        self._feeding = asyncio.create_task(self._feed(request))

    async def _feed(self, request: Request) -> None:
        stdin = self._process.stdin
        if stdin is None:
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            async for chunk in request.stream():
                stdin.write(chunk)
                await stdin.drain()
        stdin.close()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers, as CGI gives them."""
        status, headers = 200, {}
        while self._process.stdout is not None:
            line = (await self._process.stdout.readline()).decode().strip()
            if not line:
                break
            name, _, value = line.partition(":")
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                headers[name] = value.strip()
        return status, headers

    async def body(self) -> AsyncIterator[bytes]:
        """What git answers, until it is done."""
        try:
            while self._process.stdout and (chunk := await self._process.stdout.read(CHUNK)):
                yield chunk
            await self._feeding
            await self._process.wait()
        finally:
            self._feeding.cancel()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()


async def _start(forge: Forge, request: Request, asked: GitRequest) -> _Backend:
    process = await asyncio.create_subprocess_exec(
        GIT,
        "http-backend",
        env=_environment(forge, request, asked),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return _Backend(process, request)


async def _push(forge: Forge, request: Request, asked: GitRequest) -> Response:
    """Take a push, then do what follows from the references it moved, before the client hears of its success."""
    before = await run_in_threadpool(lambda: all_refs(forge.git(asked.repository)))
    backend = await _start(forge, request, asked)
    status, headers = await backend.head()
    content = b"".join([chunk async for chunk in backend.body()])
    await run_in_threadpool(_after_push, forge, asked, before)
    return Response(content, status, headers)


def _after_push(forge: Forge, asked: GitRequest, before: dict[str, str]) -> None:
    git = forge.git(asked.repository)
    after = all_refs(git)
    doer = asked.identity.user
    if doer is None:
        return
    names = sorted(name.removeprefix("refs/heads/") for name in after if name.startswith("refs/heads/"))
    if not before and not is_empty(git) and asked.repository.default_branch not in names:
        set_default_branch(forge, asked.repository, names[0])
    for ref, old, new in changed_refs(before, after):
        ref_changed(forge, asked.repository, doer, ref, old, new)


def git_routes(forge: Forge) -> list[Route]:
    """The routes git clients use, with and without `.git`."""

    async def serve(request: Request) -> Response:
        try:
            asked = await run_in_threadpool(_admit, forge, request)
        except Refused as refused:
            return PlainTextResponse(refused.message, refused.status, ASK if refused.status == 401 else None)
        if asked.pushes and request.method == "POST":
            return await _push(forge, request, asked)
        backend = await _start(forge, request, asked)
        status, headers = await backend.head()
        return StreamingResponse(backend.body(), status, headers)

    actions = ("info/refs", *SERVICES)
    return [
        Route(f"/{{owner}}/{name}/{action}", serve, methods=["GET" if action == "info/refs" else "POST"])
        for name in ("{name}.git", "{name}")
        for action in actions
    ]
