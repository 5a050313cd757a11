"""The plain conversation of a pull request."""

from __future__ import annotations

from services.forge import times
from services.forge.accounts import existing_user
from services.forge.events import about_repository
from services.forge.hooks import interested, send
from services.forge.json_types import JsonObject
from services.forge.records import Comment, Pull, Repository, User
from services.forge.refusals import not_found, unprocessable
from services.forge.render import comment_json, user_json
from services.forge.render_pulls import issue_json
from services.forge.state import Forge


def list_comments(forge: Forge, repository: Repository, number: int) -> list[Comment]:
    """The comments on a pull request, oldest first."""
    return forge.database.all(
        Comment,
        "SELECT * FROM comments WHERE repository_id = ? AND number = ? ORDER BY id",
        repository.id,
        number,
    )


def comment(forge: Forge, repository: Repository, comment_id: int) -> Comment:
    """One comment; 404 otherwise."""
    found = forge.database.one(
        Comment, "SELECT * FROM comments WHERE repository_id = ? AND id = ?", repository.id, comment_id
    )
    if found is None:
        raise not_found()
    return found


def create_comment(forge: Forge, repository: Repository, pull: Pull, author: User, body: str) -> Comment:
    """Add a comment and tell the webhooks; 422 when it is empty."""
    if not body:
        raise unprocessable("[Body]: Required")
    moment = times.now()
    with forge.database.writing():
        comment_id = forge.database.execute(
            "INSERT INTO comments (repository_id, number, author_id, body, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(repository.id, pull.number, author.id, body, moment, moment),
        )
        forge.database.execute("UPDATE pulls SET updated_at = ? WHERE id = ?", moment, pull.id)
    made = comment(forge, repository, comment_id)
    _tell(forge, repository, pull, made, author)
    return made


def edit_comment(forge: Forge, repository: Repository, present: Comment, body: str) -> Comment:
    """Change a comment's text."""
    forge.database.execute(
        "UPDATE comments SET body = ?, updated_at = ? WHERE id = ?", body, times.now(), present.id
    )
    return comment(forge, repository, present.id)


def delete_comment(forge: Forge, present: Comment) -> None:
    """Remove a comment."""
    forge.database.execute("DELETE FROM comments WHERE id = ?", present.id)


def _tell(forge: Forge, repository: Repository, pull: Pull, made: Comment, author: User) -> None:
    if not interested(forge, repository, "pull_request_comment", pull.base):
        return
    payload: JsonObject = {
        "action": "created",
        "issue": issue_json(forge, repository, pull, author),
        "comment": comment_json(forge, repository, made, existing_user(forge, made.author_id)),
        "repository": about_repository(forge, repository, author, forge.git(repository)),
        "sender": user_json(forge, author, author),
        "is_pull": True,
    }
    send(forge, repository, "issue_comment", payload, event_type="pull_request_comment", branch=pull.base)
