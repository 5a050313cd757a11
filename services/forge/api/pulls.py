"""The API of pull requests, their conversation, and the search over them."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.responses import Response

from services.forge import comments as conversation
from services.forge import times
from services.forge.accounts import existing_user, find_user
from services.forge.api.call import Call, answer, nothing, paging_headers
from services.forge.api.routing import Endpoint, endpoint
from services.forge.events import about_repository
from services.forge.git_diffs import diff_text, file_changes, patch_text
from services.forge.git_history import between
from services.forge.git_trees import commit_of
from services.forge.merging import MergeRequest, MergeStyle, merge_pull, update_pull
from services.forge.pulls import (
    PullEdit,
    PullFilter,
    create_pull,
    edit_pull,
    find_pull,
    list_pulls,
    merged_by_commit,
    open_between,
    pull_range,
    pull_request,
    recheck_if_pending,
)
from services.forge.records import Pull, PullState, Repository
from services.forge.refusals import forbidden, not_found, unprocessable
from services.forge.render import comment_json
from services.forge.render_git import commit_json
from services.forge.render_pulls import changed_file_json, issue_json, pull_json
from services.forge.repositories import Access, access, visible_repositories


class CreatePullOption(BaseModel):
    """Body of `POST pulls`."""

    head: str = Field(min_length=1)
    base: str = Field(min_length=1)
    title: str = Field(min_length=1)
    body: str = ""


class EditPullOption(BaseModel):
    """Body of `PATCH pulls/{number}`."""

    title: str | None = None
    body: str | None = None
    base: str | None = None
    state: str | None = None
    content_version: int | None = None


class MergeOption(BaseModel):
    """Body of `POST merge`; the names are Gitea's own, newer versions take snake case too."""

    Do: str = ""
    do: str = ""
    MergeTitleField: str = ""
    merge_title_field: str = ""
    MergeMessageField: str = ""
    merge_message_field: str = ""
    MergeCommitID: str = ""
    merge_commit_id: str = ""
    head_commit_id: str = ""
    delete_branch_after_merge: bool = False


class CommentOption(BaseModel):
    """Body of a comment."""

    body: str = Field(min_length=1)


def _pull(call: Call) -> tuple[Repository, Pull]:
    repository = call.repository()
    return repository, pull_request(call.forge, repository, call.number("number"))


def create(call: Call) -> Response:
    """A new pull request."""
    repository = call.writable()
    option = call.bind(CreatePullOption)
    made = create_pull(
        call.forge,
        repository,
        call.person(),
        head=option.head,
        base=option.base,
        title=option.title,
        body=option.body,
    )
    return answer(pull_json(call.forge, repository, made, call.viewer), 201)


def list_all(call: Call) -> Response:
    """Pull requests, newest first, open ones unless asked otherwise."""
    repository = call.repository()
    poster = find_user(call.forge, call.query("poster")) if call.query("poster") else None
    wanted = PullFilter(
        state=call.query("state") or PullState.OPEN,
        sort=call.query("sort"),
        base=call.query("base_branch"),
        head=call.query("head"),
        poster_id=poster.id if poster else (0 if call.query("poster") else None),
    )
    found = list_pulls(call.forge, repository, wanted)
    page = call.page()
    git = call.forge.git(repository)
    about = about_repository(call.forge, repository, call.viewer, git) if found else None
    shown = [
        pull_json(call.forge, repository, each, call.viewer, git=git, about=about) for each in page.of(found)
    ]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def show(call: Call) -> Response:
    """One pull request; looking at it has a pending check made."""
    repository, pull = _pull(call)
    recheck_if_pending(call.forge, pull)
    return answer(pull_json(call.forge, repository, pull, call.viewer))


def show_between(call: Call) -> Response:
    """The open pull request of two branches (1.22 and later)."""
    repository = call.repository()
    pull = open_between(call.forge, repository, call.part("head"), call.part("base"))
    if pull is None or not call.forge.version.has_compare:
        raise not_found()
    return answer(pull_json(call.forge, repository, pull, call.viewer))


def show_of_commit(call: Call) -> Response:
    """The pull request whose merge made a commit (1.22 and later)."""
    repository = call.repository()
    if not call.forge.version.has_compare:
        raise not_found()
    return answer(
        pull_json(
            call.forge, repository, merged_by_commit(call.forge, repository, call.part("sha")), call.viewer
        )
    )


def edit(call: Call) -> Response:
    """Change title, text, base or state; the poster may, and whoever may write."""
    repository, pull = _pull(call)
    repository = call.writable(Access.READ)
    doer = call.person()
    if doer.id != pull.author_id and access(call.forge, repository, doer) < Access.WRITE:
        raise forbidden("")
    option = call.bind(EditPullOption)
    wanted = PullEdit(
        title=option.title,
        body=option.body,
        base=option.base,
        state=option.state,
        content_version=option.content_version,
    )
    return answer(
        pull_json(call.forge, repository, edit_pull(call.forge, repository, doer, pull, wanted), call.viewer),
        201,
    )


def text(call: Call) -> Response:
    """The changes as a diff or as mailed patches."""
    repository, pull = _pull(call)
    base, head = pull_range(call.forge.git(repository), pull)
    path = call.forge.store.path(repository.owner_login, repository.name)
    produce = diff_text if call.part("kind") == "diff" else patch_text
    if call.part("kind") not in {"diff", "patch"}:
        raise not_found()
    return Response(produce(path, base, head), media_type="text/plain; charset=utf-8")


def files(call: Call) -> Response:
    """The changed files with their counts."""
    repository, pull = _pull(call)
    git = call.forge.git(repository)
    base, head = pull_range(git, pull)
    changes = file_changes(git, base or None, head, whitespace=call.query("whitespace"))
    page = call.page()
    shown = [changed_file_json(call.forge, repository, each, head) for each in page.of(changes)]
    return answer(shown, headers=paging_headers(call, page, len(changes), extended=True))


def commits(call: Call) -> Response:
    """The commits, newest first."""
    repository, pull = _pull(call)
    git = call.forge.git(repository)
    base, head = pull_range(git, pull)
    shas = between(call.forge.store.path(repository.owner_login, repository.name), base, head)
    page = call.page()
    shown = [
        commit_json(
            call.forge,
            repository,
            git,
            commit_of(git, sha),
            viewer=call.viewer,
            stat=call.flag("stat", default=True),
            files=call.flag("files", default=True),
            verification=call.flag("verification", default=True),
        )
        for sha in page.of(shas)
    ]
    return answer(shown, headers=paging_headers(call, page, len(shas), extended=True))


def is_merged(call: Call) -> Response:
    """204 when it was merged."""
    _, pull = _pull(call)
    if not pull.is_merged:
        raise not_found()
    return nothing()


def merge(call: Call) -> Response:
    """Merge; the answer is empty."""
    repository = call.writable(Access.READ)
    doer = call.person()
    option = call.bind(MergeOption)
    try:
        style = MergeStyle(option.Do or option.do)
    except ValueError as unknown:
        raise unprocessable("[Do]: Required" if not (option.Do or option.do) else "[Do]: In") from unknown
    snake = call.forge.version.moves_branches
    wanted = MergeRequest(
        style=style,
        head=option.head_commit_id,
        title=option.MergeTitleField or (option.merge_title_field if snake else ""),
        message=option.MergeMessageField or (option.merge_message_field if snake else ""),
        merge_commit=option.MergeCommitID or (option.merge_commit_id if snake else ""),
        delete_branch=option.delete_branch_after_merge,
    )
    merge_pull(call.forge, repository, doer, call.number("number"), wanted)
    return nothing(200)


def update(call: Call) -> Response:
    """Bring the base branch into the head branch."""
    repository = call.writable()
    style = call.query("style") or "merge"
    if style not in {"merge", "rebase"}:
        raise unprocessable("invalid update style")
    update_pull(call.forge, repository, call.person(), call.number("number"), style)
    return nothing(200)


def search(call: Call) -> Response:
    """Pull requests of every visible repository; plain issues there are none."""
    since, before = times.parse(call.query("since")), times.parse(call.query("before"))
    found: list[tuple[Repository, Pull]] = []
    if call.query("type") in {"", "pulls"}:
        found = [
            (repository, pull)
            for repository in _searched_repositories(call)
            for pull in list_pulls(
                call.forge, repository, PullFilter(state=call.query("state") or PullState.OPEN)
            )
            if (since is None or pull.updated_at >= since.timestamp())
            and (before is None or pull.updated_at <= before.timestamp())
            and call.query("q").lower() in f"{pull.title}\n{pull.body}".lower()
        ]
    found.sort(key=lambda pair: (pair[1].created_at, pair[1].id), reverse=True)
    page = call.page()
    shown = [issue_json(call.forge, repository, pull, call.viewer) for repository, pull in page.of(found)]
    return answer(shown, headers=paging_headers(call, page, len(found)))


def _searched_repositories(call: Call) -> list[Repository]:
    owner = call.query("owner").lower()
    visible = visible_repositories(call.forge, call.viewer)
    return [each for each in visible if not owner or each.owner_login.lower() == owner]


def show_issue(call: Call) -> Response:
    """A pull request as an issue."""
    repository, pull = _pull(call)
    return answer(issue_json(call.forge, repository, pull, call.viewer))


def list_comments(call: Call) -> Response:
    """The conversation, oldest first; not paged, as in Gitea."""
    repository, pull = _pull(call)
    since, before = times.parse(call.query("since")), times.parse(call.query("before"))
    found = [
        each
        for each in conversation.list_comments(call.forge, repository, pull.number)
        if (since is None or each.updated_at >= since.timestamp())
        and (before is None or each.updated_at <= before.timestamp())
    ]
    shown = [
        comment_json(call.forge, repository, each, existing_user(call.forge, each.author_id))
        for each in found
    ]
    return answer(shown, headers={"X-Total-Count": str(len(found))})


def create_comment(call: Call) -> Response:
    """Say something; whoever can read may."""
    repository = call.writable(Access.READ)
    pull = find_pull(call.forge, repository, call.number("number"))
    if pull is None:
        raise not_found()
    doer = call.person()
    made = conversation.create_comment(call.forge, repository, pull, doer, call.bind(CommentOption).body)
    return answer(comment_json(call.forge, repository, made, doer), 201)


def edit_comment(call: Call) -> Response:
    """Change one's own comment, or any as an admin."""
    repository = call.writable(Access.READ)
    present = conversation.comment(call.forge, repository, call.number("id"))
    _own(call, repository, present.author_id)
    changed = conversation.edit_comment(call.forge, repository, present, call.bind(CommentOption).body)
    return answer(comment_json(call.forge, repository, changed, existing_user(call.forge, changed.author_id)))


def delete_comment(call: Call) -> Response:
    """Remove one's own comment, or any as an admin."""
    repository = call.writable(Access.READ)
    present = conversation.comment(call.forge, repository, call.number("id"))
    _own(call, repository, present.author_id)
    conversation.delete_comment(call.forge, present)
    return nothing()


def _own(call: Call, repository: Repository, author_id: int) -> None:
    doer = call.person()
    if doer.id != author_id and access(call.forge, repository, doer) < Access.ADMIN:
        raise forbidden("")


BASE = "/repos/{owner}/{name}"
ENDPOINTS: list[Endpoint] = [
    endpoint("GET", "/repos/issues/search", search, "issue"),
    endpoint("GET", BASE + "/issues/{number}", show_issue, "issue"),
    endpoint("GET", BASE + "/issues/{number}/comments", list_comments, "issue"),
    endpoint("POST", BASE + "/issues/{number}/comments", create_comment, "issue"),
    endpoint("PATCH", BASE + "/issues/comments/{id}", edit_comment, "issue"),
    endpoint("DELETE", BASE + "/issues/comments/{id}", delete_comment, "issue"),
    endpoint("GET", BASE + "/commits/{sha}/pull", show_of_commit, "repository"),
    endpoint("GET", BASE + "/pulls", list_all, "repository"),
    endpoint("POST", BASE + "/pulls", create, "repository"),
    endpoint("GET", BASE + "/pulls/{number}.{kind}", text, "repository"),
    endpoint("GET", BASE + "/pulls/{number}", show, "repository"),
    endpoint("PATCH", BASE + "/pulls/{number}", edit, "repository"),
    endpoint("GET", BASE + "/pulls/{number}/files", files, "repository"),
    endpoint("GET", BASE + "/pulls/{number}/commits", commits, "repository"),
    endpoint("GET", BASE + "/pulls/{number}/merge", is_merged, "repository"),
    endpoint("POST", BASE + "/pulls/{number}/merge", merge, "repository"),
    endpoint("POST", BASE + "/pulls/{number}/update", update, "repository"),
    endpoint("GET", BASE + "/pulls/{base}/{head:path}", show_between, "repository"),
]
