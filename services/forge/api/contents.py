"""The API of files: reading them and writing them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import pygit2
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.forge import times
from services.forge.api.call import Call, answer
from services.forge.api.routing import Endpoint, endpoint
from services.forge.branches import resolve
from services.forge.contents import FileEdit, Operation, Write, clean_path, write_files
from services.forge.git_commits import Person
from services.forge.git_history import last_commits
from services.forge.git_refs import is_empty
from services.forge.git_trees import Entry, commit_of, entry_at, listing
from services.forge.json_types import Json, JsonObject
from services.forge.records import Repository
from services.forge.refusals import Refused, not_found, unprocessable
from services.forge.render_git import UNSIGNED, contents_json, file_commit_json

MANY_FILES = 30


class Signature(BaseModel):
    """Who signs, as the request says."""

    name: str = ""
    email: str = ""

    def person(self, date: str) -> Person | None:
        """The signer, or None when nothing was given."""
        if not self.name and not self.email:
            return None
        moment = times.parse(date)
        if moment is None:
            return Person(self.name, self.email)
        shift = moment.utcoffset()
        minutes = int(shift.total_seconds() // 60) if shift else 0
        return Person(self.name, self.email, int(moment.timestamp()), minutes)


class Dates(BaseModel):
    """When it was signed, as the request says."""

    author: str = ""
    committer: str = ""


class CommonOption(BaseModel):
    """What every write may say."""

    message: str = ""
    branch: str = ""
    new_branch: str = ""
    author: Signature = Signature()
    committer: Signature = Signature()
    dates: Dates = Dates()
    signoff: bool = False
    force_push: bool = False


class CreateFileOption(CommonOption):
    """Body of `POST contents/{path}`."""

    content: str


class UpdateFileOption(CommonOption):
    """Body of `PUT contents/{path}`."""

    content: str = ""
    sha: str = ""
    from_path: str = ""


class DeleteFileOption(CommonOption):
    """Body of `DELETE contents/{path}`."""

    sha: str = Field(min_length=1)


class ChangeFile(BaseModel):
    """One file of `POST contents`."""

    operation: str
    path: str = Field(min_length=1, max_length=500)
    content: str = ""
    sha: str = ""
    from_path: str = ""


class ChangeFilesOption(CommonOption):
    """Body of `POST contents`."""

    files: list[ChangeFile] = Field(min_length=1)


class GetFilesOption(BaseModel):
    """Body of `POST file-contents`."""

    files: list[str] = Field(min_length=1)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as bad:
        raise unprocessable("illegal base64 data at input byte 0") from bad


def _written(call: Call, option: CommonOption, files: Sequence[FileEdit]) -> tuple[Repository, str, str]:
    repository = call.writable()
    doer = call.person()
    message = option.message.strip()
    author = option.author.person(option.dates.author)
    committer = option.committer.person(option.dates.committer)
    if option.signoff:
        signer = committer or author or Person(doer.full_name or doer.login, doer.email)
        message = f"{message}\n\nSigned-off-by: {signer.name} <{signer.email}>"
    wanted = Write(
        files=files,
        message=message,
        branch=option.branch,
        new_branch=option.new_branch,
        author=author,
        committer=committer,
        force=option.force_push and call.forge.version.moves_branches,
        sha_mismatch=call.forge.version.sha_mismatch_on_delete if call.request.method == "DELETE" else 422,
    )
    commit = write_files(call.forge, repository, doer, wanted)
    return repository, commit, option.new_branch or option.branch or repository.default_branch


def _file_at(call: Call, repository: Repository, path: str, commit: str, branch: str) -> JsonObject | None:
    git = call.forge.git(repository)
    entry = entry_at(git, commit_of(git, commit).tree, clean_path(path))
    if entry is None:
        return None
    last = commit  # it was just written
    return contents_json(call.forge, repository, git, entry, commit=commit, ref=branch, last=last)


def _write_one(call: Call, option: CommonOption, edit: FileEdit, status: int) -> Response:
    repository, commit, branch = _written(call, option, [edit])
    document: JsonObject = {
        "content": _file_at(call, repository, edit.path, commit, branch),
        "commit": file_commit_json(call.forge, repository, call.forge.git(repository), commit),
        "verification": UNSIGNED,
    }
    return answer(document, status)


def create_file(call: Call) -> Response:
    """Write a file that isn't there yet."""
    call.writable()
    option = call.bind(CreateFileOption)
    edit = FileEdit(operation=Operation.CREATE, path=call.part("path"), content=_decoded(option.content))
    return _write_one(call, option, edit, 201)


def update_file(call: Call) -> Response:
    """Overwrite or move a file the caller has seen (`sha`); newer versions create it without one."""
    call.writable()
    option = call.bind(UpdateFileOption)
    if not option.sha and not call.forge.version.update_may_create:
        raise unprocessable("[SHA]: Required")
    operation = Operation.UPDATE if option.sha else Operation.UPLOAD
    edit = FileEdit(
        operation=operation,
        path=call.part("path"),
        content=_decoded(option.content),
        sha=option.sha,
        from_path=option.from_path,
    )
    return _write_one(call, option, edit, 200 if option.sha else 201)


def delete_file(call: Call) -> Response:
    """Remove a file the caller has seen."""
    call.writable()
    option = call.bind(DeleteFileOption)
    edit = FileEdit(operation=Operation.DELETE, path=call.part("path"), sha=option.sha)
    return _write_one(call, option, edit, 200)


def change_files(call: Call) -> Response:
    """Change several files in one commit."""
    call.writable()
    option = call.bind(ChangeFilesOption)
    edits = [_edit(each) for each in option.files]
    repository, commit, branch = _written(call, option, edits)
    shown = [
        None if edit.operation is Operation.DELETE else _file_at(call, repository, edit.path, commit, branch)
        for edit in edits
    ]
    document: JsonObject = {
        "files": shown,
        "commit": file_commit_json(call.forge, repository, call.forge.git(repository), commit),
        "verification": UNSIGNED,
    }
    return answer(document, 201)


def _edit(option: ChangeFile) -> FileEdit:
    try:
        operation = Operation(option.operation)
    except ValueError as unknown:
        raise Refused(500, f"invalid file operation: {option.operation}", internal=True) from unknown
    keeps = operation in {Operation.DELETE, Operation.RENAME} and not option.content
    return FileEdit(
        operation=operation,
        path=option.path,
        content=None if keeps else _decoded(option.content),
        sha=option.sha,
        from_path=option.from_path,
    )


def _reading(call: Call) -> tuple[Repository, pygit2.Repository, str, str]:
    """The repository, opened, the commit to read, and the name it was asked by."""
    repository = call.repository()
    git = call.forge.git(repository)
    ref = call.query("ref") or repository.default_branch
    commit = resolve(git, ref)
    if commit is None:
        raise not_found(f"object does not exist [id: {ref}, rel_path: ]")
    return repository, git, commit, ref


def read_contents(call: Call) -> Response:
    """A file with its content, or the listing of a folder."""
    path = call.request.path_params.get("path", "").strip("/")
    repository = call.repository()
    if is_empty(call.forge.git(repository)):
        return _of_nothing(call, path)
    repository, git, commit, ref = _reading(call)
    tree = commit_of(git, commit).tree
    entry = entry_at(git, tree, path)
    if entry is None:
        raise not_found(f"object does not exist [id: , rel_path: {path}]")
    if entry.kind != "dir":
        return answer(contents_json(call.forge, repository, git, entry, commit=commit, ref=ref))
    return answer(_folder(call, repository, git, entry, commit, ref))


def _of_nothing(call: Call, path: str) -> Response:
    if not call.forge.version.has_compare and not path:
        return answer([])
    raise not_found("repository is empty")


def _folder(
    call: Call, repository: Repository, git: pygit2.Repository, folder: Entry, commit: str, ref: str
) -> list[Json]:
    entries = listing(git, git[folder.sha].peel(pygit2.Tree), folder.path)
    names = {entry.path: entry.path.rpartition("/")[2] for entry in entries}
    last = last_commits(git, commit, folder.path, list(names.values()))
    return [
        contents_json(
            call.forge,
            repository,
            git,
            entry,
            commit=commit,
            ref=ref,
            last=last[names[entry.path]],
            with_content=False,
        )
        for entry in entries
    ]


def file_contents(call: Call) -> Response:
    """Several files at once, null for missing ones; stops at thirty."""
    if not call.forge.version.has_file_contents:
        raise not_found()
    repository, git, commit, ref = _reading(call)
    body = call.query("body").encode() if call.request.method == "GET" else call.body
    option = Call(call.forge, call.request, body, call.identity).bind(GetFilesOption)
    tree = commit_of(git, commit).tree
    entries = [entry_at(git, tree, path.strip("/")) for path in option.files[:MANY_FILES]]
    shown: list[Json] = [
        contents_json(call.forge, repository, git, entry, commit=commit, ref=ref)
        if entry is not None and entry.kind == "file"
        else None
        for entry in entries
    ]
    return answer(shown)


def contents_extended(call: Call) -> Response:
    """A file or folder with what was asked to be included (1.25 and later)."""
    if not call.forge.version.has_file_contents:
        raise not_found()
    includes = {word for word in call.query("includes").split(",") if word}
    unknown = includes - {"file_content", "commit_metadata", "commit_message", "lfs_metadata"}
    if unknown:
        raise Refused(400, f"unknown include option: {min(unknown)}")
    repository, git, commit, ref = _reading(call)
    path = call.request.path_params.get("path", "").strip("/")
    entry = entry_at(git, commit_of(git, commit).tree, path)
    if entry is None:
        raise not_found()
    if entry.kind == "dir":
        return answer({"dir_contents": _folder(call, repository, git, entry, commit, ref)})
    document = contents_json(
        call.forge, repository, git, entry, commit=commit, ref=ref, with_content="file_content" in includes
    )
    return answer({"file_contents": document})


BASE = "/repos/{owner}/{name}"
ENDPOINTS: list[Endpoint] = [
    endpoint("GET", BASE + "/contents", read_contents, "repository"),
    endpoint("POST", BASE + "/contents", change_files, "repository"),
    endpoint("GET", BASE + "/contents/{path:path}", read_contents, "repository"),
    endpoint("POST", BASE + "/contents/{path:path}", create_file, "repository"),
    endpoint("PUT", BASE + "/contents/{path:path}", update_file, "repository"),
    endpoint("DELETE", BASE + "/contents/{path:path}", delete_file, "repository"),
    endpoint("GET", BASE + "/contents-ext/{path:path}", contents_extended, "repository"),
    endpoint("GET", BASE + "/file-contents", file_contents, "repository"),
    endpoint("POST", BASE + "/file-contents", file_contents, "repository"),
]
