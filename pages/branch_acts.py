"""What a person does on a branch's page besides writing: its settings, one by one (§11)."""

from __future__ import annotations

from typing import TypeVar

from components.branch_settings import SettingsView
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.branch import Visibility
from services.domain.errors import Invalid
from services.domain.permissions import EditAccess
from services.usecases import branch_access
from services.usecases.views.branch import BranchView

Setting = TypeVar("Setting", Visibility, EditAccess)


def settings_of(view: BranchView) -> SettingsView:
    """What the dialog shows of a branch."""
    return SettingsView(
        name=view.name,
        visibility=view.visibility,
        edit_access=view.edit_access,
        granted=view.granted,
        pinned=view.pinned,
        state=view.state,
        pin=view.pin,
        why_not_reopened="" if view.bring_back.allowed else view.bring_back.why_not or "",
        readable_on_gitea=view.readable_on_gitea,
    )


async def change_setting(site: Site, actor: Viewer, view: BranchView, what: str, value: str | bool) -> None:
    """Change one setting of a branch; `what` is the dialog's word for it. Raises ProductError."""
    context, slug, name, word = site.context, view.slug, view.name, str(value)
    match what:
        case "visibility":
            kind = _one_of(Visibility, word)
            await branch_access.set_visibility(context, actor=actor, slug=slug, name=name, visibility=kind)
        case "access":
            access = _one_of(EditAccess, word)
            await branch_access.set_edit_access(
                context, actor=actor, slug=slug, name=name, edit_access=access
            )
        case "grant":
            await branch_access.grant(context, actor=actor, slug=slug, name=name, login=word)
        case "revoke":
            await branch_access.revoke(context, actor=actor, slug=slug, name=name, login=word)
        case "pin":
            await branch_access.pin(context, actor=actor, slug=slug, name=name, pinned=bool(value))
        case "close" if value:
            await branch_access.close(context, actor=actor, slug=slug, name=name)
        case "close":
            await branch_access.reopen(context, actor=actor, slug=slug, name=name)
        case _:
            raise Invalid("There is no such setting.")


def _one_of(kinds: type[Setting], word: str) -> Setting:
    try:
        return kinds(word)
    except ValueError as error:
        raise Invalid("There is no such setting.") from error
