"""Things that tests need and don't care about in detail; every argument has a sensible default."""

from __future__ import annotations

from datetime import UTC, datetime

from services.domain.entry import EntryState
from services.domain.identifiers import Login, PullNumber, Repository, Slug
from services.domain.proposal import Proposal, check_proposal
from services.domain.pull import PullKind, PullState
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.usecases.accounts import GiteaProfile

A_MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
META = Repository("rfc/meta")


def profile(login: str = "writer", gitea_id: int = 7, name: str = "", email: str = "") -> GiteaProfile:
    """Somebody Gitea vouches for."""
    return GiteaProfile(
        id=gitea_id,
        login=Login(login),
        email=email or f"{login}@example.org",
        display_name=name or f"{login.capitalize()} Person",
        avatar_url=f"https://gitea.example.org/avatars/{gitea_id}",
    )


def proposal(slug: str = "silence", title: str = "Silence", pitch: str = "", tags: str = "core") -> Proposal:
    """What somebody typed into the propose dialog, checked."""
    return check_proposal(title=title, slug=slug, pitch=pitch or f"Why {title} matters.", tags_text=tags)


def rfc_row(
    slug: str = "human", title: str = "Human", at: datetime = A_MOMENT, sha: str = "a" * 40, **more: object
) -> RfcRow:
    """A cached super-draft."""
    values: dict[str, object] = {"state": EntryState.SUPER_DRAFT, "body": f"{title}.\n", "body_sha": sha}
    return RfcRow(slug=Slug(slug), title=title, last_activity_at=at, **(values | more))  # type: ignore[arg-type]


def idea_row(number: int = 1, slug: str = "silence", at: datetime = A_MOMENT, **more: object) -> PullRow:
    """A cached open idea."""
    values: dict[str, object] = {
        "repo": META,
        "pr_kind": PullKind.IDEA,
        "state": PullState.OPEN,
        "title": f"Idea: {slug}",
        "entry_title": slug.capitalize(),
        "entry_body": "A pitch.\n",
        "opened_by": "writer",
        "head_sha": "b" * 40,
    }
    return PullRow(
        pr_number=PullNumber(number),
        rfc_slug=Slug(slug),
        opened_at=at,
        updated_at=at,
        **(values | more),  # type: ignore[arg-type]
    )
