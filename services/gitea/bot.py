"""The bot: the only writer (§1). Every write says for whom, and can be asked for again without harm."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from services.domain.entry import Entry
from services.domain.errors import GiteaConflict, GiteaNotFound, GiteaRefused
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository
from services.domain.pull import PullKind
from services.domain.trailers import CoAuthor, Credit, operation_of, with_trailers
from services.gitea.api.git import FileWrite
from services.gitea.branch_writing import BranchCutting, TextCommit
from services.gitea.client import GiteaClient
from services.gitea.entry_pull import EntryPull, PullText
from services.gitea.founding import Founding
from services.gitea.merging import Merging
from services.gitea.models import RepositoryInfo
from services.gitea.opening import EditOpening, IdeaOpening, find_operation
from services.gitea.outcomes import (
    CommittedText,
    FoundOperation,
    MergedPull,
    OpenedPull,
    PullClosed,
    PullMergedAlready,
    SeededRepository,
)
from services.gitea.pull_writing import PullOpening, edit_pull, reopen_pull
from services.gitea.signing import Signing
from services.gitea.writing import FileWriting, present_blobs

log = logging.getLogger(__name__)

MERGE_PATIENCE = 30.0
"""Seconds to wait while Gitea checks whether a pull request merges (§10.5)."""
NO_TRAILERS: Mapping[str, str] = MappingProxyType({})


class Bot:
    """Writes to Gitea, one write per repository at a time.

    Each write raises Upstream or one of its kinds: GiteaConflict and GiteaNotFound mean that it did not
    happen and will not; GiteaUnreachable that nobody knows. Asking again with the same operation is always safe.
    """

    def __init__(
        self,
        client: GiteaClient,
        org: str,
        meta: Repository,
        gitea_url: str,
        bot_login: str,
        *,
        patience: float = MERGE_PATIENCE,
    ) -> None:
        self._client = client
        self.org = org
        self.meta = meta
        self.login = bot_login
        self._signing = Signing(gitea_url, bot_login)
        self._patience = patience
        self._locks: defaultdict[Repository, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def open_idea(
        self, *, credit: Credit, entry: Entry, pitch: str, branch: str, again: bool = True
    ) -> OpenedPull:
        """Open the pull request that adds an entry (§9.1), or find the one this operation opened.

        `again=False` spares the search where nothing can have happened yet. Raises NameTaken if the entry's
        file is on main, or the branch is somebody else's.
        """
        async with self._locks[self.meta]:
            found = FoundOperation()
            if again:
                found = await find_operation(self._client, self.meta, credit.op_id, branch)
            base = await self._default_branch(self.meta)
            opening = IdeaOpening(self._client, self._signing, self.meta, base, credit, branch, entry, pitch)
            return await opening.run(found)

    async def open_edit(
        self,
        *,
        credit: Credit,
        path: str,
        branch: str,
        kind: PullKind,
        title: str,
        body: str,
        rewrite: Callable[[str], str],
        trailers: Mapping[str, str] = NO_TRAILERS,
        again: bool = True,
    ) -> OpenedPull:
        """Open the pull request that changes a file of the meta repository, or find the one this operation opened.

        `rewrite` makes the new file of the one on main; what it raises is raised. Raises NameTaken if the file was
        changed at that moment, and GiteaNotFound without it.
        """
        async with self._locks[self.meta]:
            found = FoundOperation()
            if again:
                found = await find_operation(self._client, self.meta, credit.op_id, branch)
            base = await self._default_branch(self.meta)
            opening = EditOpening(
                self._client,
                self._signing,
                self.meta,
                base,
                credit,
                branch,
                path,
                kind,
                title,
                body,
                rewrite,
                trailers,
            )
            return await opening.run(found)

    async def find_operation(
        self, *, repo: Repository, op_id: OperationId, branch: str | None = None
    ) -> FoundOperation:
        """What Gitea shows of an operation of the last two days."""
        return await find_operation(self._client, repo, op_id, branch)

    async def merge_pull(
        self, *, repo: Repository, number: PullNumber, head_sha: CommitSha, credit: Credit, title: str
    ) -> MergedPull:
        """Merge exactly the head the person saw with a merge commit that names them (§10.5)."""
        lock = self._locks[repo]
        merging = Merging(self._client, lock, repo, number, head_sha, credit, title, self._patience)
        return await merging.run()

    async def close_pull(
        self, *, repo: Repository, number: PullNumber, comment: str | None, credit: Credit
    ) -> None:
        """Close it unmerged, with the reason as a comment that is posted once per operation.

        Raises PullMergedAlready, or PullClosed if somebody else closed it.
        """
        async with self._locks[repo]:
            pull = await self._client.pulls.get(repo, number)
            if pull.merged:
                raise PullMergedAlready("It has been merged in the meantime.")
            is_open = pull.state == "open"
            await self._comment_once(repo, number, comment or "", credit, may_post=is_open)
            if is_open:
                await self._close(repo, number)

    async def open_pull(
        self,
        *,
        repo: Repository,
        branch: str,
        title: str,
        description: str,
        credit: Credit,
        trailers: Mapping[str, str] = NO_TRAILERS,
        again: bool = True,
    ) -> OpenedPull:
        """Open a branch's pull request on main, or find the one that this operation opened.

        Raises PullThere where the branch has another one open, and BranchGone.
        """
        body = with_trailers(description, credit, co_authors=(), **trailers)
        async with self._locks[repo]:
            base = await self._default_branch(repo)
            opening = PullOpening(self._client, repo, branch, base, title, body, credit)
            return await opening.run(again=again)

    async def edit_pull(
        self,
        *,
        repo: Repository,
        number: PullNumber,
        title: str | None,
        description: str | None,
        before: Mapping[str, str],
    ) -> None:
        """Give a pull request another title or description; the trailers of its body stay. Raises WordsMoved."""
        async with self._locks[repo]:
            await edit_pull(self._client, repo, number, title=title, words=description, before=before)

    async def reopen_pull(self, *, repo: Repository, number: PullNumber, branch: str) -> None:
        """Open a closed pull request again. Raises PullMergedAlready, BranchGone, PullThere."""
        async with self._locks[repo]:
            await reopen_pull(self._client, repo, number, branch)

    async def cut_branch(
        self, *, repo: Repository, name: str, from_sha: CommitSha, credit: Credit
    ) -> CommitSha:
        """Cut a branch at a commit, or find the one of that name; its head.

        A branch carries no text: its name, made for one operation only, says whose it is. Raises BranchTaken.
        """
        log.info("%s: branch %s for %s (%s)", repo, name, credit.login, credit.op_id)
        async with self._locks[repo]:
            return await BranchCutting(self._client, repo, name, from_sha).run()

    async def commit_text(
        self,
        *,
        repo: Repository,
        branch: str,
        path: str,
        content: bytes,
        expected_blob: str | None,
        message: str,
        credit: Credit,
        co_authors: Sequence[CoAuthor] = (),
        trailers: Mapping[str, str] = NO_TRAILERS,
        again: bool = True,
    ) -> CommittedText:
        """Commit one file to a branch, or find the commit that this operation made.

        `expected_blob` is the file it was made from (None: there is none); `again=False` spares the search where
        nothing can have happened yet. Raises TextMoved, and GiteaNotFound without the branch.
        """
        text = with_trailers(
            message, credit, co_authors=[self._signing.co_author(person) for person in co_authors], **trailers
        )
        commit = TextCommit(
            self._client, self._signing, repo, branch, path, content, expected_blob, text, credit
        )
        async with self._locks[repo]:
            return await commit.run(again=again)

    async def create_repository(self, *, repo: Repository, private: bool, credit: Credit) -> None:
        """Create a repository without commits, or find that this operation did; raises RepositoryTaken."""
        log.info("%s: created for %s (%s)", repo, credit.login, credit.op_id)
        async with self._locks[repo]:
            await self._founding(repo, credit).create(private=private)

    async def seed_repository(
        self, *, repo: Repository, files: Mapping[str, bytes], message: str, description: str, credit: Credit
    ) -> CommitSha:
        """Make a created repository's first commit, or find that this operation did; raises RepositoryTaken."""
        async with self._locks[repo]:
            return await self._founding(repo, credit).seed(files, message=message, description=description)

    async def remove_repository(self, *, repo: Repository, founded: bool, credit: Credit) -> bool:
        """Delete a repository if all of it is this operation's; whether it was there. Raises NotFoundedHere."""
        log.info("%s: removed for %s (%s), if it is this operation's", repo, credit.login, credit.op_id)
        async with self._locks[repo]:
            return await self._founding(repo, credit).remove(founded=founded)

    async def open_entry_pull(
        self, *, branch: str, file: FileWrite, text: PullText, credit: Credit
    ) -> OpenedPull:
        """Open a pull request that changes one file of the meta repository, or find it; raises TextMoved."""
        async with self._locks[self.meta]:
            base = await self._default_branch(self.meta)
            return await self._entry_pull(branch, credit).open(file, text, base=base)

    async def drop_entry_pull(self, *, branch: str, number: PullNumber | None, credit: Credit) -> None:
        """Close such a pull request and delete its branch, whatever of them is there; raises PullMergedAlready."""
        async with self._locks[self.meta]:
            await self._entry_pull(branch, credit).drop(number=number)

    async def delete_branch(self, *, repo: Repository, branch: str) -> None:
        """Delete a branch; one that is gone already is fine."""
        async with self._locks[repo]:
            await self._client.git.delete_branch(repo, branch)

    async def write_files(
        self,
        *,
        repo: Repository,
        files: Mapping[str, str | bytes],
        message: str,
        credit: Credit,
        branch: str | None = None,
    ) -> CommitSha | None:
        """Make a branch (default: main) hold these files; the last commit, None if it already did."""
        async with self._locks[repo]:
            target = branch or await self._default_branch(repo)
            writing = FileWriting(self._client, self._signing, repo, target, credit, message)
            return await writing.run(_encoded(files))

    async def ensure_meta_repository(
        self,
        *,
        files: Mapping[str, str | bytes],
        credit: Credit,
        description: str = "",
        private: bool = False,
    ) -> SeededRepository:
        """Create the meta repository with these files; in one that people work in, only add what is missing."""
        known = await self._client.repositories.get(self.meta)
        created = known is None
        if known is None:
            known = await self._create_meta(description, private=private)
        present = await present_blobs(self._client, self.meta, known.default_branch)
        untouched = await self._has_only_its_first_commit(known.default_branch)
        missing = {path: content for path, content in files.items() if untouched or path not in present}
        message = "Seed the meta repository"
        commit = await self.write_files(repo=self.meta, files=missing, message=message, credit=credit)
        return SeededRepository(created, tuple(missing) if commit else ())

    async def ensure_webhook(
        self, *, url: str, secret: str, repo: Repository | None = None, former: Collection[str] = ()
    ) -> int:
        """Register the webhook (default: of the meta repository); remove older ones of it and its `former` addresses.

        Gitea neither tells nor changes a hook's secret, so the hook is always made anew. Answers its id.
        """
        target = repo or self.meta
        async with self._locks[target]:
            hooks = await self._client.repositories.hooks(target)
            older = [hook for hook in hooks if hook.config.url == url or hook.config.url in former]
            made = await self._client.repositories.create_hook(target, url=url, secret=secret)
            for hook in older:
                await self._client.repositories.delete_hook(target, hook.id)
            return made.id

    def _founding(self, repo: Repository, credit: Credit) -> Founding:
        return Founding(self._client, self._signing, repo, credit)

    def _entry_pull(self, branch: str, credit: Credit) -> EntryPull:
        return EntryPull(self._client, self._signing, self.meta, branch, credit)

    async def _create_meta(self, description: str, *, private: bool) -> RepositoryInfo:
        try:
            return await self._client.repositories.create(self.meta, description=description, private=private)
        except GiteaConflict:
            known = await self._client.repositories.get(self.meta)
            if known is None:
                raise
            return known

    async def _has_only_its_first_commit(self, branch: str) -> bool:
        """Whether nobody has written since Gitea made the repository: its README is then a placeholder."""
        found = await self._client.git.branch(self.meta, branch)
        if found is None:
            return True
        async for page in self._client.git.commits(self.meta, head=CommitSha(found.commit.id)):
            return len(page) == 1
        return True

    async def _default_branch(self, repo: Repository) -> str:
        known = await self._client.repositories.get(repo)
        if known is None:
            raise GiteaNotFound(f"The repository {repo} does not exist on Gitea.")
        return known.default_branch

    async def _close(self, repo: Repository, number: PullNumber) -> None:
        try:
            await self._client.pulls.close(repo, number)
        except GiteaConflict as error:
            raise PullMergedAlready("It has been merged in the meantime.", detail=error.detail) from error

    async def _comment_once(
        self, repo: Repository, number: PullNumber, text: str, credit: Credit, *, may_post: bool
    ) -> None:
        try:
            comments = await self._client.pulls.comments(repo, number)
            if any(operation_of(comment.body) == credit.op_id for comment in comments):
                return
            if may_post:
                await self._client.pulls.comment(repo, number, with_trailers(text, credit))
        except GiteaRefused as error:
            # A bot without `write:issue` still closes; the reason stands in the app's own record.
            log.warning("the bot may not comment on %s #%d: %s", repo, number, error.detail)
            return
        if not may_post:
            raise PullClosed("It has been closed in the meantime.")


def _encoded(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
