"""The topics that events are told on: whoever looks at a thing listens to its topic (ARCHITECTURE §2)."""

from __future__ import annotations


def catalog_topic() -> str:
    """Topic of everything the catalog shows."""
    return "catalog"


def rfc_topic(slug: str) -> str:
    """Topic of one entry's page."""
    return f"rfc:{slug}"


def branch_topic(slug: str, name: str) -> str:
    """Topic of one branch's page; the name may hold slashes."""
    return f"branch:{slug}/{name}"


def proposal_topic(number: int) -> str:
    """Topic of one idea's page: a PR of the meta repository."""
    return f"pr:_meta/{number}"


def pull_topic(slug: str, number: int) -> str:
    """Topic of one pull request of an entry, in whichever repository it is."""
    return f"pr:{slug}/{number}"


def user_topic(user_id: int) -> str:
    """Topic of one person's rights and sessions."""
    return f"user:{user_id}"


def admin_topic() -> str:
    """Topic of the admin pages."""
    return "admin"


def inbox_topic() -> str:
    """Topic of everybody's inbox."""
    return "inbox"
