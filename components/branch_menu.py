"""Where one is, and the way to main, to the other branches and to the pull requests of an entry (§8.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from html import escape
from typing import Final

from nicegui.element import Element

from components.design import icon
from components.people import time_html
from services.domain.branch import MAIN, BranchState, branch_address
from services.usecases.views.branch import BranchOption, OptionKind

MANY: Final = 9
"""From so many options on there is a filter."""


class BranchMenu(Element, component="branch_menu.js"):
    """A button that says where one is, and the list it opens.

    `entry` is what the RFC is called, `login` the viewer's: their own branches come first.
    """

    def __init__(
        self, options: Sequence[BranchOption], *, slug: str, entry: str, login: str = "", name: str = MAIN
    ) -> None:
        super().__init__()
        self._slug = slug
        self._login = login
        self._name = name
        self._props.update(label=_label(entry, name), name=name, **self._listed(options))

    def first_paint(self) -> str:
        """The closed button."""
        return f'<nav class="r-crumbs"><button class="r-btn r-btn--quiet r-crumb">{self._props["label"]}</button></nav>'

    def show(self, options: Sequence[BranchOption], *, entry: str) -> None:
        """Show the options, and what the RFC is called, as they are now."""
        listed = {"label": _label(entry, self._name), **self._listed(options)}
        if any(self._props[name] != value for name, value in listed.items()):
            self._props.update(listed)
            self.update()

    def _listed(self, options: Sequence[BranchOption]) -> dict[str, str | bool]:
        return {
            "items": options_html(options, slug=self._slug, login=self._login),
            "many": len(options) >= MANY,
        }


def _label(entry: str, name: str) -> str:
    shown = f"<b>{MAIN}</b>" if name == MAIN else f'<code class="r-clip">{escape(name)}</code>'
    return (
        f'<span class="r-num r-muted r-clip r-hide-m">{escape(entry)}</span>'
        f'<span class="r-muted r-hide-m" aria-hidden="true">/</span>'
        f"{icon('git-branch', 'i-14')}{shown}{icon('chevron-down', 'i-12')}"
    )


def options_html(options: Iterable[BranchOption], *, slug: str, login: str) -> str:
    """Main, one's own branches, the others, those that are closed or deleted (folded), then the pull requests."""
    groups: defaultdict[_Group, list[str]] = defaultdict(list)
    for option in options:
        groups[_group_of(option, login)].append(_option(option, slug))
    listed = "".join(
        _folded(groups[group]) if group is _Group.ENDED else _grouped(group, groups[group])
        for group in _Group
    )
    return listed + _more(slug)


def _more(slug: str) -> str:
    """The way to all pull requests with their states, and to the versions of main."""
    return (
        f'<div data-group><a class="r-menu__item" href="/rfc/{escape(slug)}/prs" data-find="all pull requests prs" '
        f'data-testid="menu-pulls">{icon("git-pull-request", "i-14")}All pull requests</a>'
        f'<a class="r-menu__item" href="/rfc/{escape(slug)}/history" data-find="history versions" '
        f'data-testid="menu-history">{icon("history", "i-14")}History</a></div>'
    )


class _Group(StrEnum):
    """Groups of the list in their order, each with its heading."""

    MAIN = ""
    OWN = "Your branches"
    OTHERS = "Branches"
    ENDED = "Closed and deleted"
    PULLS = "Pull requests"


def _group_of(option: BranchOption, login: str) -> _Group:
    if option.kind is OptionKind.MAIN:
        return _Group.MAIN
    if option.kind is OptionKind.PULL:
        return _Group.PULLS
    if option.state != BranchState.OPEN:
        return _Group.ENDED
    return _Group.OWN if option.by is not None and option.by.login == login else _Group.OTHERS


def _grouped(label: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    head = f'<p class="r-menu__head r-label">{label}</p>' if label else ""
    return f"<div data-group>{head}{''.join(items)}</div>"


def _folded(items: Sequence[str]) -> str:
    if not items:
        return ""
    summary = (
        f'{icon("chevron-right", "i-12")}{_Group.ENDED}<b class="r-count r-count--quiet">{len(items)}</b>'
    )
    return f'<div data-group><details><summary class="r-menu__item">{summary}</summary>{"".join(items)}</details></div>'


def _option(option: BranchOption, slug: str) -> str:
    current = ' aria-current="page"' if option.is_current else ""
    words = " ".join((option.name, option.title, option.by.login if option.by else "")).casefold()
    when = time_html(option.at) if option.at else ""
    return (
        f'<a class="r-menu__item" href="{escape(_address(option, slug))}" data-find="{escape(words)}" '
        f'data-testid="branch-option-{escape(option.name)}"{current}>{_glyph(option)}{_name(option)}'
        f'<span class="r-grow"></span>{_state(option)}{when}</a>'
    )


def _address(option: BranchOption, slug: str) -> str:
    if option.kind is OptionKind.MAIN:
        return f"/rfc/{slug}"
    if option.pull_path is not None:
        return option.pull_path
    return branch_address(slug, option.name)


def _glyph(option: BranchOption) -> str:
    return icon("git-pull-request" if option.kind is OptionKind.PULL else "git-branch", "i-14")


def _name(option: BranchOption) -> str:
    if option.kind is OptionKind.MAIN:
        return f"<b>{MAIN}</b>"
    if option.kind is OptionKind.PULL:
        return f'<span class="r-clip" title="{escape(option.title)}">{escape(f"{option.name} {option.title}")}</span>'
    return f'<code class="r-clip" title="{escape(option.name)}">{escape(option.name)}</code>'


def _state(option: BranchOption) -> str:
    if option.kind is OptionKind.MAIN:
        return ""
    if option.state != BranchState.OPEN:
        return f"<small>{escape(option.state)}</small>"
    if option.is_private:
        return f'<span class="r-sr">private</span>{icon("lock", "i-12")}'
    if option.kind is OptionKind.BRANCH and option.pull_number is not None:
        return f"<small>PR #{option.pull_number}</small>"
    return ""
