"""Reading the text of graduated RFCs, which lives in repositories of their own (§2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from services.domain.identifiers import CommitSha, Repository
from services.domain.text_home import RFC_FILE
from services.gitea.client import GiteaClient
from services.gitea.meta_reading import read_head
from services.gitea.snapshot import Touch

MISSING = f"The repository has no {RFC_FILE} that can be read."


@dataclass(frozen=True, slots=True)
class GraduatedText:
    """`RFC.md` on main, and the newest commit that touches it; `head_sha` is main's own."""

    body: str
    touched: Touch
    head_sha: CommitSha


async def read_text(client: GiteaClient, repo: Repository) -> GraduatedText | None:
    """The text as it stands now, `None` if there is none that can be read; raises Upstream."""
    head = await read_head(client, repo)
    if head is None:
        return None
    found = await client.git.file(repo, RFC_FILE, ref=head)
    if found is None or found.data is None:
        return None
    body = found.data.decode("utf-8", "replace")
    return GraduatedText(body, await _last_touch(client, repo, head), head)


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
