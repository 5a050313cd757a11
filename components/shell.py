"""The frame around every page, as HTML: header, banner, columns, tab bar, dialogs (§14, design README §7 and §8).

It is plain HTML with plain modules, not NiceGUI elements: the browser paints it before Vue has started, an error
page has it without a socket, and it costs the server no element per client. NiceGUI's own content is moved between
the columns by frame.js before it is mounted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from urllib.parse import quote

from components import phrases
from components.catalog import CatalogHead, catalog_html
from components.design import head_html, icon, ready_html
from services.domain.actors import Actor, Viewer


class Columns(StrEnum):
    """Which columns a page has: the document alone, with the catalog, or with catalog and conversation."""

    ONE = "one"
    TWO = "two"
    THREE = "three"


MOST_COUNTED = 99
"""What the bell counts up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """What the frame shows; `path` is where the viewer is, `document_id` the element the skip link leads to."""

    site_name: str
    viewer: Viewer
    path: str = "/"
    columns: Columns = Columns.TWO
    talk: str = phrases.CONVERSATION
    front: str = "document"
    catalog: CatalogHead = field(default_factory=CatalogHead)
    document_id: str = "main"
    sign_in_elsewhere: bool = False
    """The page itself has the sign-in button, so that the header's has no test id of its own."""
    unread: int = 0
    """What the bell said last; what it says now comes over the socket."""

    @property
    def may_propose(self) -> bool:
        """Whether the propose button is shown; the use-case checks again (§6.4)."""
        return self.viewer is not None and not self.viewer.muted


def sign_in_path(path: str) -> str:
    """Where signing in begins, so that it ends at `path`."""
    return f"/auth/login?next={quote(path, safe='')}"


def frame_html(chrome: Chrome, *, document: str = "") -> str:
    """The whole frame; `document` is a static document column (an error page), else NiceGUI's content goes there."""
    tabs = "" if chrome.columns is Columns.ONE else _tab_bar(chrome)
    catalog = "" if chrome.columns is Columns.ONE else catalog_html(chrome.catalog, may_propose=chrome.may_propose,
                                                                     signed_in=chrome.viewer is not None)  # fmt: skip
    return (
        f'<a class="r-skip" href="#{escape(chrome.document_id)}">{phrases.SKIP}</a>'
        f'<div class="r-app" data-columns="{chrome.columns}" data-front="{escape(chrome.front)}"'
        f"{_data_attributes(chrome)}>"
        f"{_header(chrome)}{_BANNER}"
        f'<div class="r-cols r-cols--{chrome.columns}">{catalog}{document}{ready_html()}</div>{tabs}</div>'
        f"{_LIVE_REGIONS}{_palette()}{_key_help()}"
    )


def page_html(chrome: Chrome, *, title: str, document: str) -> str:
    """A complete page that needs neither socket nor Vue."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">'
        f"<title>{escape(title)}</title>{head_html()}</head><body>{frame_html(chrome, document=document)}</body></html>"
    )


def _data_attributes(chrome: Chrome) -> str:
    marks = ' data-catalog-marks="/api/catalog/marks"' if chrome.viewer is not None else ""
    propose = " data-may-propose" if chrome.may_propose else ""
    signed_in = " data-signed-in" if chrome.viewer is not None else ""
    signed_in += " data-admin" if chrome.viewer is not None and chrome.viewer.runs_the_app else ""
    return f' data-catalog-url="/api/catalog?v={escape(chrome.catalog.content)}"{marks}{propose}{signed_in}'


# header


def _header(chrome: Chrome) -> str:
    drawer = "" if chrome.columns is not Columns.THREE else (
        '<button type="button" class="r-icon r-catbtn" data-act="open-catalog" aria-expanded="false" '
        f'aria-label="Open the catalog">{icon("panel-left")}</button>'
    )  # fmt: skip
    return (
        f'<header class="r-top">{drawer}'
        f'<a class="r-brand" href="/">{icon("mark")}<span class="r-clip">{escape(chrome.site_name)}</span></a>'
        '<button type="button" class="r-jump" data-act="palette" aria-haspopup="dialog" '
        f'aria-label="{phrases.SEARCH}" aria-keyshortcuts="Control+K Meta+K">{icon("search")}'
        f"<span>{phrases.SEARCH}</span><kbd data-mod>Ctrl K</kbd></button>"
        '<span class="r-grow r-hide-s"></span>'
        f"{_propose_button(chrome)}{_header_links(chrome)}{_bell(chrome)}{_theme_button()}{_account(chrome)}</header>"
    )


def _propose_button(chrome: Chrome) -> str:
    if not chrome.may_propose:
        return ""
    return (
        '<button type="button" class="r-btn r-btn--fold" data-act="propose" data-testid="propose-open" '
        f'aria-label="{phrases.PROPOSE}">{icon("plus")}<span>{phrases.PROPOSE}</span></button>'
    )


def _header_links(chrome: Chrome) -> str:
    catalog = "" if chrome.columns is not Columns.ONE else (
        f'<a class="r-btn r-btn--quiet r-hide-s" href="/catalog">{phrases.CATALOG}</a>'
    )  # fmt: skip
    current = ' aria-current="page"' if chrome.path == "/philosophy" else ""
    return (
        f'{catalog}<a class="r-btn r-btn--quiet r-btn--fold" href="/philosophy" data-testid="about-link" '
        f'aria-label="{phrases.ABOUT}"{current}>{icon("info", "r-only-phone")}<span>{phrases.ABOUT}</span></a>'
    )


def _bell(chrome: Chrome) -> str:
    """The count stays hidden while it is nought."""
    if chrome.viewer is None:
        return ""
    current = ' aria-current="page"' if chrome.path.partition("?")[0] == "/inbox" else ""
    label, count, hidden = "Inbox", "", " hidden"
    if chrome.unread:
        label, hidden = f"Inbox, {chrome.unread} unread", ""
        count = str(chrome.unread) if chrome.unread <= MOST_COUNTED else f"{MOST_COUNTED}+"
    return (
        f'<a class="r-icon" href="/inbox" data-testid="inbox-bell" aria-label="{label}"{current}>{icon("bell")}'
        f'<b class="r-count" data-testid="inbox-count" aria-hidden="true"{hidden}>{count}</b></a>'
    )


def _theme_button() -> str:
    return (
        '<button type="button" class="r-icon r-theme" data-act="theme" data-testid="theme-toggle" '
        f'aria-label="Theme: automatic">{icon("sun-moon", "for-auto")}{icon("sun", "for-light")}'
        f"{icon('moon', 'for-dark')}</button>"
    )


def _account(chrome: Chrome) -> str:
    if chrome.viewer is None:
        testid = "" if chrome.sign_in_elsewhere else ' data-testid="sign-in"'
        return f'<a class="r-btn" href="{escape(sign_in_path(chrome.path))}"{testid}>{phrases.SIGN_IN}</a>'
    return _user_menu(chrome.viewer)


def _user_menu(actor: Actor) -> str:
    name = escape(actor.display_name or actor.login)
    return (
        '<button type="button" class="r-icon" popovertarget="r-user" data-testid="user-menu" '
        f'aria-label="{name}: account" title="{name}">'
        f"{avatar(actor.display_name or actor.login, actor.avatar_url)}</button>"
        '<div class="r-menu r-menu--user" id="r-user" popover>'
        f'<div class="r-menu__head"><b class="r-strong">{name}</b>'
        f'<p class="r-muted">@{escape(actor.login)}, {phrases.ROLES[actor.role]}</p></div><hr>'
        f'<a class="r-menu__item" href="/">{icon("signpost")}{phrases.YOUR_TURN}</a>'
        f'<a class="r-menu__item" href="/inbox">{icon("inbox")}Inbox</a>'
        f'<a class="r-menu__item" href="/catalog">{icon("list")}{phrases.CATALOG}</a>'
        f"{_admin_link(actor)}"
        f'<a class="r-menu__item" href="/settings/notifications">{icon("bell")}Notifications</a>'
        f'<a class="r-menu__item" href="/settings/funder">{icon("coins")}Funding</a>'
        f'<button type="button" class="r-menu__item" data-act="keys">{icon("keyboard")}Keyboard shortcuts'
        "<span class='r-grow'></span><kbd>?</kbd></button><hr>"
        '<form method="post" action="/auth/logout"><button class="r-menu__item" data-testid="sign-out">'
        f"{icon('log-out')}{phrases.SIGN_OUT}</button></form></div>"
    )


def _admin_link(actor: Actor) -> str:
    return f'<a class="r-menu__item" href="/admin">{icon("users")}Admin</a>' if actor.runs_the_app else ""


def avatar(name: str, picture: str = "", size: str = "") -> str:
    """A person's picture or initials; round, because people are (design README §9). Says nothing to a screen reader."""
    extra = f" r-avatar--{size}" if size else ""
    if picture:
        source = f'src="{escape(picture)}" alt="" loading="lazy" referrerpolicy="no-referrer"'
        return f'<img class="r-avatar{extra}" {source}>'
    words = [word for word in name.replace("-", " ").replace("_", " ").split() if word[0].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)) or name[:1]
    letters = initials if len(initials) > 1 else name[:2]
    return f'<span class="r-avatar{extra}" aria-hidden="true">{escape(letters)}</span>'


# what stands below and above the columns


_BANNER = (
    '<div class="r-banner" data-testid="connection-banner" hidden>'
    f"{icon('wifi-off', 'for-lost')}{icon('circle-check', 'for-back')}"
    '<b data-say></b><span class="r-hide-s" data-more></span><span class="r-grow"></span>'
    '<button type="button" class="r-btn r-btn--small" data-act="try-now">Try now</button></div>'
)
_LIVE_REGIONS = (
    '<div class="r-sr" id="r-live" role="status" aria-live="polite"></div>'
    '<div class="r-toasts" id="r-toasts" popover="manual"></div>'
)


def _tab_bar(chrome: Chrome) -> str:
    tabs = [("catalog", phrases.CATALOG, "list"), ("document", phrases.DOCUMENT, "file-text")]
    if chrome.columns is Columns.THREE:
        tabs.append(("talk", chrome.talk, "message-square"))
    buttons = "".join(
        f'<button type="button" data-act="show" data-show="{key}"{" aria-current=true" if key == chrome.front else ""}>'
        f"{icon(glyph)}{escape(label)}</button>"
        for key, label, glyph in tabs
    )
    return f'<nav class="r-tabbar" aria-label="Columns">{buttons}</nav>'


def _palette() -> str:
    return (
        '<dialog class="r-modal r-modal--top" id="r-palette" aria-label="Search or jump to"><div class="r-palette">'
        f'<div class="r-palette__in">{icon("search")}<input type="text" role="combobox" aria-expanded="true" '
        'aria-controls="r-palette-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" '
        'aria-label="Search" placeholder="A title, a number, a page or an action" data-testid="palette-input"></div>'
        '<ul id="r-palette-list" role="listbox" aria-label="Results"></ul>'
        '<div class="r-palette__foot r-hide-s"><span><kbd>↑</kbd> <kbd>↓</kbd> move</span>'
        "<span><kbd>Enter</kbd> open</span><span><kbd data-mod>Ctrl</kbd> <kbd>Enter</kbd> in a new tab</span>"
        '<span class="r-grow"></span><span data-count></span></div></div></dialog>'
    )


def _key_help() -> str:
    groups = "".join(
        f'<section><h3 class="r-label">{escape(title)}</h3><dl class="r-keys">'
        + "".join(f"<div><dt>{_keys(keys)}</dt><dd>{escape(what)}</dd></div>" for keys, what in rows)
        + "</dl></section>"
        for title, rows in phrases.KEYS
    )
    return (
        '<dialog class="r-modal" id="r-keys" aria-labelledby="r-keys-title"><div class="r-dialog">'
        '<div class="r-dialog__head"><h2 id="r-keys-title">Keyboard</h2><button type="button" class="r-icon" '
        f'data-act="close" aria-label="Close">{icon("x")}</button></div>'
        f'<div class="r-dialog__body">{groups}'
        '<label class="r-check"><input type="checkbox" class="r-switch" data-keys-switch checked> '
        f"<span>Single-key shortcuts ({_keys('/ ? c n p j k a d b e')})</span></label></div></div></dialog>"
    )


def _keys(keys: str) -> str:
    parts = keys.split()
    return " ".join(f"<kbd{' data-mod' if part == 'Ctrl' else ''}>{escape(part)}</kbd>" for part in parts)
