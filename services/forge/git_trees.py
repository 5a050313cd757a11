"""Trees and blobs: looking a path up, listing, and building a changed tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pygit2
from pygit2.enums import FileMode

KINDS = {FileMode.LINK: "symlink", FileMode.COMMIT: "submodule", FileMode.TREE: "dir"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a tree; `size` is 0 for folders and submodules."""

    path: str
    mode: int
    sha: str
    size: int = 0

    @property
    def kind(self) -> str:
        """`file`, `dir`, `symlink` or `submodule`, as the contents API says."""
        return KINDS.get(FileMode(self.mode), "file")

    @property
    def object_type(self) -> str:
        """`blob`, `tree` or `commit`, as the tree API says."""
        return {"dir": "tree", "submodule": "commit"}.get(self.kind, "blob")


Change = tuple[int, str] | None
"""A new mode and blob for a path, or `None` to remove it."""


def commit_of(repository: pygit2.Repository, sha: str) -> pygit2.Commit:
    """The commit with this id; raises `KeyError` when there is none."""
    try:
        found = repository[sha].peel(pygit2.Commit)
    except (ValueError, pygit2.GitError) as bad:
        raise KeyError(sha) from bad
    return found


def entry_at(repository: pygit2.Repository, tree: pygit2.Tree, path: str) -> Entry | None:
    """What lies at a path, without its size."""
    if not path:
        return Entry("", FileMode.TREE, str(tree.id))
    try:
        found = tree[path]
    except (KeyError, ValueError):
        return None
    return Entry(path, int(found.filemode), str(found.id))


def with_size(repository: pygit2.Repository, entry: Entry) -> Entry:
    """The same entry with its blob's size; reads only the object's header."""
    if entry.object_type != "blob":
        return entry
    return Entry(entry.path, entry.mode, entry.sha, repository.odb.read_header(entry.sha)[1])


def listing(repository: pygit2.Repository, tree: pygit2.Tree, prefix: str = "") -> list[Entry]:
    """The entries of one folder, in git's order, paths relative to the root."""
    start = f"{prefix}/" if prefix else ""
    return [Entry(f"{start}{item.name}", int(item.filemode), str(item.id)) for item in tree]


def walk(repository: pygit2.Repository, tree: pygit2.Tree, prefix: str = "") -> Iterator[Entry]:
    """All entries below a tree, folders before what they hold."""
    for entry in listing(repository, tree, prefix):
        yield entry
        if entry.kind == "dir":
            yield from walk(repository, repository[entry.sha].peel(pygit2.Tree), entry.path)


def read_blob(repository: pygit2.Repository, sha: str) -> bytes:
    """A blob's bytes; raises `KeyError`."""
    try:
        found = repository[sha]
    except ValueError as bad:
        raise KeyError(sha) from bad
    if not isinstance(found, pygit2.Blob):
        raise KeyError(sha)
    return bytes(found.data)


def write_blob(repository: pygit2.Repository, content: bytes) -> str:
    """Store bytes as a blob."""
    return str(repository.create_blob(content))


def edited_tree(
    repository: pygit2.Repository, tree: pygit2.Tree | None, changes: Mapping[str, Change]
) -> str:
    """The id of the tree with these paths changed; folders left empty disappear."""
    split = [(path.split("/"), change) for path, change in changes.items()]
    return _edited(repository, tree, split) or str(repository.TreeBuilder().write())


def _edited(
    repository: pygit2.Repository, tree: pygit2.Tree | None, changes: Sequence[tuple[list[str], Change]]
) -> str | None:
    builder = repository.TreeBuilder(tree) if tree is not None else repository.TreeBuilder()
    deeper: dict[str, list[tuple[list[str], Change]]] = {}
    for parts, change in changes:
        if len(parts) > 1:
            deeper.setdefault(parts[0], []).append((parts[1:], change))
        elif change is not None:
            builder.insert(parts[0], change[1], FileMode(change[0]))
        elif builder.get(parts[0]) is not None:
            builder.remove(parts[0])
    for name, inner in deeper.items():
        _put_folder(repository, builder, name, inner)
    return str(builder.write()) if len(builder) else None


def _put_folder(
    repository: pygit2.Repository,
    builder: pygit2.TreeBuilder,  # type: ignore[name-defined,unused-ignore]
    name: str,
    changes: Sequence[tuple[list[str], Change]],
) -> None:
    present = builder.get(name)
    below = _edited(repository, present if isinstance(present, pygit2.Tree) else None, changes)
    if below is not None:
        builder.insert(name, below, FileMode.TREE)
    elif present is not None:
        builder.remove(name)
