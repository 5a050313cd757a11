"""How closely I follow an RFC: a small menu in its bar (§15.6)."""

from __future__ import annotations

from typing import Final

from components.design import icon
from services.store.queries.watches import WatchLevel

WATCH: Final = "watch-"
_LABELS: Final = {
    WatchLevel.WATCHING: ("Watching", "Everything that happens here", "bell"),
    WatchLevel.FOLLOWING: ("Following", "Pull requests and decisions", "bell"),
    WatchLevel.MUTED: ("Muted", "Nothing, not even mentions", "bell-off"),
    None: ("Not watching", "Only what is for you", "bell"),
}


def watch_menu_html(level: WatchLevel | None) -> str:
    """The button with its menu."""
    label, _, glyph = _LABELS[level]
    items = "".join(_item(choice, chosen=choice is level) for choice in _LABELS)
    return (
        '<button type="button" class="r-btn r-btn--quiet r-btn--fold" data-menu="r-watch" data-testid="watch-menu" '
        'aria-haspopup="true" aria-expanded="false" '
        f'aria-label="Notifications of this RFC: {label}">{icon(glyph)}<span>{label}</span></button>'
        f'<div class="r-menu" id="r-watch" popover>{items}</div>'
    )


def level_of(act: str) -> WatchLevel | None:
    """The level a pressed item stands for."""
    name = act.removeprefix(WATCH)
    return None if name == "none" else WatchLevel(name)


def _item(choice: WatchLevel | None, *, chosen: bool) -> str:
    label, what, glyph = _LABELS[choice]
    mark = icon("check") if chosen else icon(glyph)
    current = ' aria-current="true"' if chosen else ""
    name = "none" if choice is None else choice.value
    return (
        f'<button type="button" class="r-menu__item" data-do="{WATCH}{name}" popovertarget="r-watch" '
        f'popovertargetaction="hide"{current}>{mark}<span>{label}<br><small class="r-muted">{what}</small></span>'
        "</button>"
    )
