"""Where a link or an image of a document leads, and whether it may (§8.2).

- `#part` stays in the document; `other.md` beside the document is that RFC's page, also once the document has graduated
  to a repository of its own; any other relative address is the file on Gitea.
- Images are embedded only from the app and from Gitea's file addresses; all others become links, so that reading a
  document tells nobody about the reader. Relative images come through a route of the app, from the branch shown.
- Only http, https and mailto addresses are links at all; others stand as they were written.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from services.domain.slug import slug_from_stem
from services.domain.text_home import RFC_FILE

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_SCHEMES = frozenset({"http", "https", "mailto"})
_GITEA_FILE = re.compile(r"/(?:[^/]+/[^/]+/(?:raw|media|attachments)/|attachments/|avatars/|user/avatar/)")
_APP_FILE = re.compile(r"/(?:static|api/rfcs)/")
_RFC_FOLDER = "rfcs"
_BESIDE = re.compile(r"(?:^|(?<=[\s/()<>\[\]\"'#?]))([^\s/()<>\[\]\"'#?]{1,100})\.md\b", re.IGNORECASE)
LONGEST_ADDRESS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBase:
    """What addresses in a document are relative to.

    `app_url` and `gitea_url` are origins without a slash at the end; `repo` is `<org>/<name>` and `path` the
    document's file in it; `numbers` says which slug an RFC number has, for those the text mentions, and `entries` which
    of the files it names as beside it are entries. `files` is the address below which the app gives out the pictures of
    `repo` (empty: they are read from Gitea), as they are on `branch` (empty: main).
    """

    app_url: str = ""
    gitea_url: str = ""
    repo: str = ""
    path: str = ""
    numbers: tuple[tuple[int, str], ...] = ()
    entries: frozenset[str] = frozenset()
    files: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A resolved address; `external` when it leaves the app."""

    href: str
    external: bool


def named_entries(text: str) -> frozenset[str]:
    """The slugs of the `.md` files a text names, so that a page can look up which of them are entries."""
    if ".md" not in text.lower():
        return frozenset()
    return frozenset(slug for match in _BESIDE.finditer(text) if (slug := slug_from_stem(match[1])))


def may_link(address: str) -> bool:
    """Whether an address as written may become a link at all: relative, http, https or mailto, and not endless."""
    if len(address) > LONGEST_ADDRESS:
        return False
    seen = _IGNORED_BY_BROWSERS.sub("", address)
    scheme = _SCHEME.match(seen)
    return scheme is None or scheme[1].lower() in _SCHEMES


def link_target(address: str, base: LinkBase) -> Target:
    """Where a link that passed `may_link` leads."""
    if address.startswith("//"):
        address = f"https:{address}"
    if _SCHEME.match(address):
        return _absolute(address, base)
    if address.startswith(("#", "/", "?")) or not address:
        return Target(address, external=False)
    return _relative(address, base)


def image_source(address: str, base: LinkBase) -> str | None:
    """The address an image may be embedded from, or None if it must become a link."""
    if not _SCHEME.match(address) and not address.startswith(("/", "#", "?")) and address:
        return _picture(_joined(address.partition("#")[0].partition("?")[0], base), base)
    if address.startswith("/") and not address.startswith("//"):
        return address if _APP_FILE.match(address) else None
    for origin, files in ((base.gitea_url, _GITEA_FILE), (base.app_url, _APP_FILE)):
        if origin and address.startswith(f"{origin}/") and files.match(address[len(origin) :]):
            return address
    return None


def _picture(path: str, base: LinkBase) -> str | None:
    """Through the app, which may read what Gitea shows to nobody; a text without a home has no pictures."""
    if base.files:
        return f"{base.files}/{path}" + (f"?branch={quote(base.branch, safe='')}" if base.branch else "")
    return f"{base.gitea_url}/{base.repo}/raw/branch/main/{path}" if base.gitea_url and base.repo else None


def _absolute(address: str, base: LinkBase) -> Target:
    if base.app_url and (address == base.app_url or address.startswith(f"{base.app_url}/")):
        return Target(address[len(base.app_url) :] or "/", external=False)
    return Target(address, external=True)


def _relative(address: str, base: LinkBase) -> Target:
    path, mark, fragment = address.partition("#")
    joined = _joined(path, base)
    folder, name = posixpath.split(joined)
    if joined == base.path:
        return Target(f"#{fragment}", external=False)
    if name.lower().endswith(".md"):
        slug = slug_from_stem(name[:-3])
        # a text that graduated left the entries it stood beside, and messages stand nowhere; both still speak of them
        named = not folder and base.path in ("", RFC_FILE) and slug in base.entries
        if slug and (folder == _RFC_FOLDER or named):
            return Target(f"/rfc/{slug}{mark}{fragment}", external=False)
    if base.gitea_url and base.repo:
        return Target(f"{base.gitea_url}/{base.repo}/src/branch/main/{joined}{mark}{fragment}", external=True)
    return Target(address, external=False)


def _joined(path: str, base: LinkBase) -> str:
    """The path inside the repository; `..` can't leave it."""
    folder = posixpath.dirname(base.path)
    joined = posixpath.normpath(posixpath.join("/", folder, urlsplit(path).path))
    return joined.lstrip("/")
