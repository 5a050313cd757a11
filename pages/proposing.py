"""Opening a branch's pull request from its page (§10.1)."""

from __future__ import annotations

from components.open_pull import OpenPullDialog
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.branch import Visibility
from services.domain.identifiers import OperationId
from services.domain.pull import pull_address
from services.usecases.draft_pull import PullDraft, draft_pull
from services.usecases.open_pull import open_pull
from services.usecases.views.branch import BranchView
from services.usecases.views.notified import will_notify


def proposing(site: Site, viewer: Viewer, view: BranchView) -> OpenPullDialog:
    """The closed dialog for a branch, put on the page being built."""

    context = site.context

    async def draft() -> PullDraft:
        return await draft_pull(context, actor=viewer, slug=view.slug, name=view.name)

    async def count() -> int:
        return await will_notify(context, viewer=viewer, kind=ActionKind.OPEN_PULL, slug=view.slug)

    async def send(title: str, description: str, op_id: OperationId | None) -> str:
        opened = await open_pull(
            context,
            actor=viewer,
            slug=view.slug,
            name=view.name,
            title=title,
            description=description,
            op_id=op_id,
        )
        return pull_address(opened.slug, opened.number)

    return OpenPullDialog(
        key=f"{view.slug}/{view.name}",
        private=view.visibility is Visibility.PRIVATE,
        draft=draft,
        count=count,
        send=send,
    )
