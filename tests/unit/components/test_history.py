"""The list of versions (§17) as HTML."""

from __future__ import annotations

from datetime import UTC, datetime

from components.history import list_html
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import PullKind
from services.domain.text_home import meta_home, own_home
from services.usecases.views.history import HistoryView, VersionPull, VersionView
from services.usecases.views.parts import PersonView

ANN = PersonView(login="ann", name="Ann <b>")
META, OWN = Repository("org/meta"), Repository("org/rfc-0001-human")


def version(sign: str, subject: str, *, pull: VersionPull | None = None, early: bool = False) -> VersionView:
    slug = Slug("human")
    return VersionView(
        commit_sha=CommitSha(sign * 40),
        home=meta_home(META, slug) if early else own_home(OWN, slug),
        at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        author=ANN,
        subject=subject,
        pull=pull,
        merged_by=PersonView(login="bob", name="Bob") if pull else None,
    )


def shown(*versions: VersionView, problem: str = "", complete: bool = True) -> str:
    history = HistoryView(
        slug=Slug("human"), title="Human", rfc_id=None, versions=versions, complete=complete
    )
    return list_html(history, problem)


def test_each_version_says_whose_it_is_and_leads_to_its_pull_request_and_to_what_it_changed() -> None:
    pull = VersionPull(
        number=PullNumber(7), title="Say <it>", kind=PullKind.META_METADATA, address="/rfc/human/pr/7"
    )
    html = shown(version("b", "Say <it>", pull=pull), version("a", "Begin", early=True))

    assert '<a href="/rfc/human/pr/7">PR #7</a> <span>merged by Bob</span>' in html
    assert f'<a href="/rfc/human/history?to={"b" * 40}" title="What it changed">Say &lt;it&gt;</a>' in html
    assert "Ann &lt;b&gt;" in html
    assert (html.count("metadata only"), html.count("as a super-draft")) == (1, 1)
    assert f"?to={'a' * 40}" not in html


def test_the_last_change_is_chosen_at_first() -> None:
    html = shown(version("c", "Third"), version("b", "Second"), version("a", "First"))

    for name, sign in (("from", "b"), ("to", "c")):
        row = html[html.index(f'name="{name}" value="{sign * 40}"') :]
        assert " checked" in row[: row.index(">")]
    assert html.count(" checked") == 2


def test_a_single_version_has_nothing_to_choose_and_a_mistake_is_told_as_text() -> None:
    html = shown(version("a", "First"), problem="“<x>” is not a version.", complete=False)

    assert "radio" not in html
    assert "“&lt;x&gt;” is not a version." in html
    assert "Gitea has the older ones" in html
