"""The one file of a whole site: a tar archive that begins with a list of its parts, so that nothing can be missing."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from services.domain.errors import Invalid

MANIFEST = "manifest.json"
KIND = "rfc-ui site"
VERSION = 1
CHUNK = 1 << 20


class _Part(BaseModel):
    """One file: its path in the archive, its length in bytes and its digest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    size: int
    sha256: str


class _Manifest(BaseModel):
    """The archive's first member."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["rfc-ui site"]
    version: int
    parts: tuple[_Part, ...]


def write_archive(folder: Path, target: Path) -> None:
    """Write everything in `folder` to `target`, the list of its files first."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = tuple(_part(path, str(path.relative_to(folder).as_posix())) for path in files)
    listing = _Manifest(kind=KIND, version=VERSION, parts=parts).model_dump_json(indent=1).encode()
    head = tarfile.TarInfo(MANIFEST)
    head.size, head.mode = len(listing), 0o600
    with tarfile.open(target, "w") as archive:
        archive.addfile(head, io.BytesIO(listing))
        for name in sorted(part.name for part in folder.iterdir()):
            archive.add(folder / name, arcname=name)


def read_archive(path: Path, folder: Path, *, tops: Sequence[str]) -> None:
    """Unpack an archive into `folder` after a look at each name; its first steps must be among `tops`.

    Raises Invalid for what is no such archive, and for one whose parts are not exactly those of its list: tar
    itself takes a file that was cut short for a shorter one.
    """
    missing: dict[str, _Part] = {}
    try:
        with tarfile.open(path, "r:") as archive:
            missing |= {part.path: part for part in _manifest(archive, path).parts}
            for member in archive:
                if member.name != MANIFEST:
                    _unpack(archive, member, folder, path, tops, missing)
    except (tarfile.TarError, EOFError) as error:
        raise damaged(path, "it breaks off") if missing else no_backup(path) from error
    if missing:
        raise damaged(path, f"{min(missing)} is missing")


def no_backup(path: Path) -> Invalid:
    """The refusal of something else."""
    return Invalid(
        f"{path} is not a backup of a site with FORGE=embedded.",
        field="path",
        hint="Name a file that `rfc-ui backup` made with FORGE=embedded.",
    )


def damaged(path: Path, what: str) -> Invalid:
    """The refusal of a backup that is not whole any more."""
    return Invalid(f"{path} is incomplete or damaged: {what}.", field="path", hint="Take another backup.")


def _manifest(archive: tarfile.TarFile, path: Path) -> _Manifest:
    first = archive.next()
    content = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if content is None:
        raise no_backup(path)
    try:
        manifest = _Manifest.model_validate_json(content.read())
    except ValidationError as error:
        raise no_backup(path) from error
    if manifest.version > VERSION:
        raise Invalid(
            f"{path} was made by a newer version of RFC UI.", field="path", hint="Restore it with that one."
        )
    return manifest


def _unpack(
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    folder: Path,
    path: Path,
    tops: Sequence[str],
    missing: dict[str, _Part],
) -> None:
    """One member; what was listed and is there now leaves `missing`."""
    steps = PurePosixPath(member.name).parts
    if not steps or steps[0] not in tops or ".." in steps:
        raise no_backup(path)
    target = folder.joinpath(*steps)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    listed = missing.pop(member.name, None)
    content = archive.extractfile(member) if member.isreg() or member.islnk() else None
    if content is None or listed is None:
        raise damaged(path, f"{member.name} does not belong in it")
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as stream:
        found = _copied(content, stream)
    if (target.stat().st_size, found) != (listed.size, listed.sha256):
        raise damaged(path, f"{member.name} is not what was backed up")
    target.chmod(member.mode & 0o755)


def _part(path: Path, name: str) -> _Part:
    with path.open("rb") as stream:
        return _Part(
            path=name, size=path.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest()
        )


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy a stream; the digest of what came."""
    digest = hashlib.sha256()
    while piece := source.read(CHUNK):
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()
