"""The catalog column as HTML: filters, sort, an empty windowed list, pending ideas (§7).

The rows are drawn by catalog.js from `/api/catalog`; what stands here is what the server knows before they arrive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from components import phrases
from components.design import icon, state_icon

_SHOWN_AT_FIRST = ("super-draft", "active")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogHead:
    """What is known of the catalog before its rows are: which content to ask for, and how many rows there are."""

    content: str = ""
    """Changes whenever the rows do, so that the browser may keep what it has under this name for ever."""
    states: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    ideas: int = 0

    @property
    def entries(self) -> int:
        """All entries, withdrawn ones too."""
        return sum(self.states.values())


def catalog_html(head: CatalogHead, *, may_propose: bool, signed_in: bool) -> str:
    """The column; `signed_in` adds the filters that need to know who is looking."""
    return (
        '<nav class="r-col r-col--side" aria-label="Catalog" data-col="catalog">'
        '<button type="button" class="r-icon r-railbtn" data-act="toggle-catalog" '
        f'aria-label="Show the catalog">{icon("panel-left")}</button>'
        f"{_find(head, signed_in=signed_in)}{_list_head(signed_in=signed_in)}{_LIST}"
        f"{_ideas(head, may_propose=may_propose)}</nav>"
    )


def placeholder(entries: int) -> str:
    """What the filter says before one types: how much there is to filter."""
    return f"Filter {phrases.counted(entries, 'RFC', 'RFCs')}" if entries else "Nothing to filter yet"


def _find(head: CatalogHead, *, signed_in: bool) -> str:
    waiting = "" if not signed_in else (
        '<span class="r-grow"></span><button type="button" aria-pressed="false" data-only="waiting" '
        'title="Waiting for me">For me <span data-n>0</span></button>'
    )  # fmt: skip
    return (
        '<div class="r-find"><div class="r-line"><div class="r-affix r-grow">'
        f'{icon("search")}<input class="r-input r-input--quiet" type="search" data-testid="catalog-search" '
        f'placeholder="{placeholder(head.entries)}" aria-label="Filter the catalog" aria-keyshortcuts="/" '
        'autocomplete="off" spellcheck="false" enterkeyhint="go"><kbd>/</kbd></div>'
        '<button type="button" class="r-icon r-collapse" data-act="toggle-catalog" '
        f'aria-label="Collapse the catalog">{icon("panel-left")}</button></div>'
        f'<div class="r-states" role="group" aria-label="State">{_state_filters(head)}{waiting}</div></div>'
    )


def _state_filters(head: CatalogHead) -> str:
    return "".join(
        f'<button type="button" aria-pressed="{str(state in _SHOWN_AT_FIRST).lower()}" data-state="{state}" '
        f'data-testid="state-filter-{state}" title="{phrases.STATES[state]}">{state_icon(state)}'
        f'<span class="r-sr">{phrases.STATES[state]}: </span><span data-n>{head.states.get(state, 0):,}</span></button>'
        for state in ("super-draft", "active", "withdrawn")
    )


def _list_head(*, signed_in: bool) -> str:
    sorts = "".join(
        f'<button type="button" class="r-menu__item" role="menuitemradio" aria-checked="false" data-sort="{key}">'
        f"{icon('check')}{label}</button>"
        for key, label in phrases.SORTS.items()
    )
    mine = '<button type="button" aria-pressed="false" data-only="mine">Mine <span data-n>0</span></button>'
    return (
        '<div class="r-listhead">'
        '<button type="button" data-menu="r-sorts" aria-haspopup="menu" aria-expanded="false" '
        f'data-testid="catalog-sort"><span data-sort-name>{phrases.SORTS["recent"]}</span>'
        f"{icon('chevron-down', 'i-12')}</button>"
        f'<span class="r-grow"></span>{mine if signed_in else ""}'
        '<button type="button" data-menu="r-more" aria-haspopup="true" aria-expanded="false" '
        f'data-testid="catalog-more">{icon("list-filter", "i-12")} {"More" if signed_in else "Tags"}</button></div>'
        f'<div class="r-menu" id="r-sorts" role="menu" aria-label="Sort" popover>{sorts}</div>'
        '<div class="r-menu r-menu--tall" id="r-more" aria-label="More filters" popover '
        f'data-signed-in="{int(signed_in)}"></div>'
        '<div class="r-filtered" hidden><span class="r-clip" data-filtered></span>'
        '<button type="button" data-act="clear-filters">Clear</button></div>'
    )


_LIST = (
    '<div class="r-scroll r-rows" tabindex="-1" data-rows>'
    '<button type="button" class="r-newrows" data-act="show-new" hidden></button>'
    '<ul role="list" aria-label="Entries"></ul><div class="r-empty" hidden></div></div>'
)


def _ideas(head: CatalogHead, *, may_propose: bool) -> str:
    add = "" if not may_propose else (
        '<button type="button" class="r-icon r-icon--small" data-act="propose" '
        f'aria-label="{phrases.PROPOSE}" title="{phrases.PROPOSE}">{icon("plus")}</button>'
    )  # fmt: skip
    return (
        '<div class="r-ideas"><details class="r-fold r-fold--foot" data-testid="pending-ideas"><summary>'
        f"{icon('chevron-right')} {phrases.PENDING_IDEAS} "
        f'<b class="r-count r-count--quiet" data-n>{head.ideas}</b></summary>'
        f'<ul class="r-idealist" role="list"></ul></details>{add}</div>'
    )
