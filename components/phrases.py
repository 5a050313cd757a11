"""The words of the interface that more than one place says, so that they say the same (§3: no synonyms)."""

from __future__ import annotations

from typing import Final

from components.design import icon

CATALOG: Final = "Catalog"
DOCUMENT: Final = "Document"
CONVERSATION: Final = "Conversation"
ABOUT: Final = "About"
PENDING_IDEAS: Final = "Pending ideas"
YOUR_TURN: Final = "Your turn"
PROPOSE: Final = "Propose new RFC"
SIGN_IN: Final = "Sign in"
SIGN_IN_WITH_GITEA: Final = "Sign in with Gitea"
SIGN_OUT: Final = "Sign out"
SEARCH: Final = "Search or jump to"
SKIP: Final = "Skip to content"
START: Final = "Start contributing"
START_SHORT: Final = "Contribute"
"""The same where there is little room."""

STATES: Final = {
    "idea": "Idea",
    "super-draft": "Super-draft",
    "active": "Active",
    "withdrawn": "Withdrawn",
}
"""An entry's state as people read it."""

SORTS: Final = {
    "recent": "Recently active",
    "title": "Title",
    "number": "Number",
    "newest": "Newest",
}
"""The catalog's sorts (§7.1), the default first."""

ROLES: Final = {"contributor": "Contributor", "admin": "Admin", "owner": "Owner"}

KEYS: Final = (
    ("Everywhere", (
        ("Ctrl K", "Jump to an RFC, an idea, a page or an action"),
        ("/", "Filter the catalog"),
        ("?", "This help"),
        ("Esc", "Close what is on top, and go back"),
    )),
    ("In the catalog", (
        ("↓", "From the filter into the list, then to the next row"),
        ("↑", "To the row above, then back to the filter"),
        ("Enter", "Open the row; in the filter, the first one"),
        ("RFC-12", "or 12 or 0012 in the filter, then Enter: open that number"),
    )),
    ("In the text", (
        ("Tab", "From selected words to what can be done with them"),
        ("c", "Comment on the selected words, or on the paragraph"),
        ("↓", "From a paragraph's button to the next one's"),
    )),
    ("On a pull request", (
        ("n", "To the next change of the text"),
        ("p", "To the one before"),
    )),
    ("On a change", (
        ("j", "To the next change"),
        ("k", "To the one before"),
        ("a", "Accept; of two wordings, take theirs"),
        ("d", "Decline; of two wordings, keep mine"),
        ("b", "Keep both wordings"),
        ("e", "Edit, then accept"),
        ("Esc", "Leave the edit without accepting"),
    )),
    ("In the prompt bar and the chat", (
        ("Enter", "Send"),
        ("Shift Enter", "A new line"),
        ("@", "Complete somebody’s name, in the chat"),
    )),
    ("In a form", (
        ("Ctrl Enter", "Send"),
    )),
)  # fmt: skip
"""Keyboard help: groups of (keys, what they do)."""


def counted(number: int, one: str, many: str) -> str:
    """The number with its noun: `counted(3, "idea", "ideas")` is “3 ideas”."""
    return f"{number:,} {one if number == 1 else many}"


def will_notify(people: int) -> str:
    """What stands beside a button whose act people are told of; nothing where nobody is."""
    return f"Will notify {people:,}" if people else ""


def notifies_hint(people: int) -> str:
    """The same as HTML, for a bar; the button refers to it with `NOTIFIES`. On phones it is a bell and the number."""
    words = will_notify(people)
    if not words:
        return ""
    said, _, number = words.rpartition(" ")
    return (
        f'<span class="r-hint r-nowrap r-told" id="notifies" title="{words}">{icon("bell", "r-only-phone")}'
        f'<span class="r-sr-phone">{said} </span>{number}</span>'
    )


NOTIFIES = ' aria-describedby="notifies"'


def rfc_number(number: int) -> str:
    """How a number is written: `RFC-0012`."""
    return f"RFC-{number:04d}"
