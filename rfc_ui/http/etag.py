"""Answers that a client need not fetch twice."""

from __future__ import annotations

import hashlib

from fastapi import Request, Response

REVALIDATE = "no-cache"
"""May be kept, must be asked about: the answer to that is 304 and costs next to nothing."""


def with_etag(
    request: Request, body: bytes, media_type: str, *, tag: str = "", cache_control: str = REVALIDATE
) -> Response:
    """Answer with `body`, or 304 when the client says it has exactly that; `tag` saves making one."""
    tag = tag or f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": cache_control}
    if is_known(tag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether `If-None-Match` has this tag; weak or strong makes no difference for reading."""
    known = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in known or tag in known
