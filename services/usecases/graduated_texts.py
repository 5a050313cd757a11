"""Reading the text of graduated RFCs, which lives in repositories of their own (§2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from services.domain.errors import GiteaNotFound, GiteaRefused, GiteaUnreachable, Upstream
from services.domain.identifiers import CommitSha, Repository
from services.domain.text_home import RFC_FILE
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_head
from services.gitea.snapshot import Touch

MISSING = f"There is no {RFC_FILE} that can be read."


@dataclass(frozen=True, slots=True)
class GraduatedText:
    """`RFC.md` on main, and the newest commit that touches it; `head_sha` is main's own."""

    body: str
    touched: Touch
    head_sha: CommitSha


async def read_text(client: GiteaClient, repo: Repository) -> GraduatedText | None:
    """The text as it stands now, `None` if there is none that can be read; raises Upstream."""
    try:
        head = await read_head(client, repo)
    except GiteaNotFound:
        return None
    found = None if head is None else await client.git.file(repo, RFC_FILE, ref=head)
    if head is None or found is None or found.data is None:
        return None
    body = found.data.decode("utf-8", "replace")
    return GraduatedText(body, await _last_touch(client, repo, head), head)


async def read_text_if_possible(client: GiteaClient, repo: Repository) -> GraduatedText | None:
    """The same, where one repository's trouble must not stop others; raises only if Gitea itself is away."""
    try:
        return await read_text(client, repo)
    except (GiteaUnreachable, GiteaRefused):
        raise
    except Upstream:
        return None


async def _last_touch(client: GiteaClient, repo: Repository, head: CommitSha) -> Touch:
    touch: Touch | None = None
    async for page in client.git.commits(repo, head=head, files=True):
        for commit in page:
            touch = Touch(commit.commit.committer.date.astimezone(UTC), CommitSha(commit.sha))
            if any(file.filename == RFC_FILE for file in commit.files):
                return touch
    if touch is None:
        raise LookupError(f"{repo} has a head, {head}, but no commits")
    return touch
