"""What a graduated RFC's repository begins with (§13.3, §13.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.identifiers import Slug
from services.domain.text_home import RFC_FILE
from services.domain.trailers import one_line
from services.domain.yaml_text import flow_list, scalar

README_FILE = "README.md"
METADATA_FILE = ".rfc/metadata.yaml"
DOSSIER_FILE = ".rfc/dossier.md"
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]#|~!"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a graduated RFC is called, whose it is, and where it lives and came from; dates are ISO texts."""

    slug: Slug
    title: str
    rfc_id: str
    repo: str
    meta_repo: str
    owners: tuple[str, ...]
    arbiters: tuple[str, ...]
    tags: tuple[str, ...]
    proposed_by: str
    proposed_at: str | None
    graduated_by: str
    graduated_at: str
    app_url: str

    @property
    def address(self) -> str:
        """Its page."""
        return f"{self.app_url}/rfc/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """Somebody who had a part in it, and which parts, in words."""

    name: str
    login: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What is known of how an RFC came to be. `outcome` are sentences; `pulls` are titles with addresses."""

    proposer: str
    idea_url: str | None
    outcome: tuple[str, ...]
    contributors: tuple[Contributor, ...]
    pulls: tuple[tuple[str, str], ...]


def repository_files(identity: Identity, text: bytes, dossier: Dossier) -> dict[str, bytes]:
    """The four files of the first commit; the text is the super-draft's, byte for byte."""
    return {
        RFC_FILE: text,
        README_FILE: _readme(identity).encode(),
        METADATA_FILE: _metadata(identity).encode(),
        DOSSIER_FILE: _dossier(identity, dossier).encode(),
    }


def repository_description(identity: Identity) -> str:
    """How Gitea lists it."""
    return one_line(f"{identity.rfc_id}: {identity.title}")[:250]


def _readme(identity: Identity) -> str:
    return (
        f"# {identity.rfc_id}: {_plain(identity.title)}\n\n"
        f"The text is [{RFC_FILE}]({RFC_FILE}). It is read, discussed and changed at <{identity.address}>.\n\n"
        "Everything here is committed by a bot on behalf of the people whom each commit names; "
        f"how this RFC came to be stands in [{DOSSIER_FILE}]({DOSSIER_FILE}).\n"
    )


def _metadata(identity: Identity) -> str:
    lines = {
        "id": scalar(identity.rfc_id),
        "slug": scalar(identity.slug),
        "title": scalar(identity.title),
        "owners": flow_list(identity.owners),
        "arbiters": flow_list(identity.arbiters),
        "tags": flow_list(identity.tags),
        "proposed_by": scalar(identity.proposed_by) if identity.proposed_by else "null",
        "proposed_at": scalar(identity.proposed_at) if identity.proposed_at else "null",
        "graduated_by": scalar(identity.graduated_by),
        "graduated_at": scalar(identity.graduated_at),
        "repo": scalar(identity.repo),
        "meta_repo": scalar(identity.meta_repo),
        "address": scalar(identity.address),
    }
    comment = (
        f"# As of its graduation. What holds now stands in {identity.meta_repo}, rfcs/{identity.slug}.md.\n"
    )
    return comment + "".join(f"{key}: {value}\n" for key, value in lines.items())


def _dossier(identity: Identity, dossier: Dossier) -> str:
    parts = [
        f"# How {identity.rfc_id} came to be",
        _proposal(identity, dossier),
        "## What came of the discussion",
        _list(dossier.outcome),
        "## Who had a part in it",
        _list(_contribution(person) for person in dossier.contributors) or "Nobody besides the proposer.",
        "## Links",
        _list(_links(identity, dossier)),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def _proposal(identity: Identity, dossier: Dossier) -> str:
    when = f" on {identity.proposed_at}" if identity.proposed_at else ""
    proposed = f"“{_plain(identity.title)}” was proposed by {_plain(dossier.proposer)}{when}"
    graduated = f" and graduated on {identity.graduated_at}, by {_plain(identity.graduated_by)}."
    return proposed + graduated


def _contribution(person: Contributor) -> str:
    return f"{_plain(person.name)} (@{_plain(person.login)}): {', '.join(person.parts)}"


def _links(identity: Identity, dossier: Dossier) -> Iterable[str]:
    yield f"Its page, with the whole conversation: <{identity.address}>"
    if dossier.idea_url:
        yield f"The idea it began as: <{dossier.idea_url}>"
    yield f"Its entry: `rfcs/{identity.slug}.md` in {identity.meta_repo}"
    for title, address in dossier.pulls:
        yield f"[{_plain(title)}]({address})"


def _list(items: Iterable[str]) -> str:
    return "".join(f"- {item}\n" for item in items)


def _plain(text: str) -> str:
    """A text of somebody's as one line that is only text."""
    return one_line(text).translate(_MARKS)
