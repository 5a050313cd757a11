"""Where to go after signing in: only ever a page of this app."""

from __future__ import annotations

import re
from urllib.parse import unquote

HOME = "/"
MAX_ADDRESS = 2_000

# A path with one leading slash, then an optional query and fragment, all printable ASCII. Browsers take
# backslashes for slashes and drop tabs and line ends, so none of them may appear anywhere.
_ADDRESS = re.compile(r"(/[!-~]*)?")
_PATH = re.compile(r"[^?#]*")
_NOT_A_PAGE = re.compile(r"/(?:auth|_nicegui[^/]*)(?:/|$)")
_UNWRAPPINGS = 4


def safe_next(value: str | None) -> str:
    """The address if it is a plain local one, else `/`; never another site, never the sign-in itself."""
    if not value or len(value) > MAX_ADDRESS or not _ADDRESS.fullmatch(value) or "\\" in value:
        return HOME
    match = _PATH.match(value)
    path = match[0] if match else ""
    return value if _is_local_page(path) else HOME


def _is_local_page(path: str) -> bool:
    for _ in range(_UNWRAPPINGS):
        if not _is_plain(path):
            return False
        unwrapped = unquote(path)
        if unwrapped == path:
            return not _NOT_A_PAGE.match(path.lower())
        path = unwrapped
    return False


def _is_plain(path: str) -> bool:
    if not path.startswith("/") or "//" in path or "\\" in path or not path.isprintable():
        return False
    return not any(segment in {".", ".."} for segment in path.split("/"))
