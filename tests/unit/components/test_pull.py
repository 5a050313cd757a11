"""What the head and the bar of a pull request's page say in each state (§10.3, §10.5, §10.9)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from components.diff_contents import diff_contents_html
from components.diff_view import tally_html
from components.pull import bar_html, head_html
from services.domain.branch import BranchState
from services.domain.diff_views import Change, ChangeKind, DiffViews, SectionChanges
from services.domain.entry import EntryState
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import Mergeability, PullKind, PullState
from services.domain.rendering.headings import Heading
from services.domain.text_home import TextHome
from services.usecases.views.parts import Permit, PersonView, ThreadView
from services.usecases.views.pull import CONFLICTS, PullLink, PullView

AT = datetime(2026, 1, 2, tzinfo=UTC)
YES, NO = Permit(allowed=True), Permit(allowed=False, why_not="Only arbiters merge.")
REPO = Repository("rfc/meta")
OPEN = PullView(
    slug=Slug("human"),
    entry_title="Human",
    entry_state=EntryState.SUPER_DRAFT,
    rfc_id=None,
    kind=PullKind.META_BODY_EDIT,
    repo=REPO,
    number=PullNumber(4),
    is_meta=False,
    state=PullState.OPEN,
    title="Say <it> better",
    description="",
    opener=PersonView(login="ana", name="Ana"),
    branch="edit-human-1",
    branch_state=BranchState.OPEN,
    home=TextHome(REPO, "rfcs/human.md", "main", Slug("human")),
    head_sha=CommitSha("b" * 40),
    base_sha=CommitSha("a" * 40),
    problem=None,
    before="One.\n",
    after="Two.\n",
    commits=(),
    under_way=None,
    merge=YES,
    withdraw=NO,
    edit=NO,
    reopen=NO,
    resolve=NO,
    talk=YES,
    supersedes=None,
    superseded_by=None,
    decided_by=None,
    opened_at=AT,
    updated_at=AT,
    merged_at=None,
    closed_at=None,
    merge_commit_sha=None,
    as_of=None,
    thread=ThreadView(messages=()),
    mergeability=Mergeability.CLEAN,
)
CLASHING = replace(OPEN, mergeability=Mergeability.CONFLICTS, merge=Permit(allowed=False, why_not=CONFLICTS))
NEWER = PullLink(number=PullNumber(9), title="Again", state=PullState.MERGED)


def words(html: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def bar(view: PullView) -> str:
    return bar_html(view, merging=False, signed_in=True)


def test_an_open_one_that_can_be_merged_offers_it_and_warns_of_nothing() -> None:
    assert 'data-do="merge"' in bar(OPEN)
    assert "Open" in words(head_html(OPEN, ""))
    assert "pr-contradicts" not in head_html(OPEN, "")
    assert "&lt;it&gt;" in head_html(OPEN, "")


def test_why_it_can_not_be_merged_is_said_in_full_below_the_title_and_briefly_beside_the_button() -> None:
    for view, signed_in, full, brief in (
        (replace(OPEN, merge=NO), True, "Only arbiters merge.", "Waits for an arbiter"),
        (replace(OPEN, merge=NO, under_way="ana"), True, "Only arbiters merge.", "Being decided now"),
        (replace(OPEN, merge=NO), False, "Sign in to merge", "Sign in to merge"),
        (CLASHING, True, "The same words were changed in main meanwhile.", "Contradicts main"),
    ):
        head, bar = (
            head_html(view, "", signed_in=signed_in),
            bar_html(view, merging=False, signed_in=signed_in),
        )
        assert full in words(head)
        assert words(bar).endswith(f"{brief} Merge")
        assert 'id="merge-why"' in head
        assert 'aria-describedby="merge-why"' in bar

    waits = replace(OPEN, mergeability=Mergeability.CHECKING)
    assert "Gitea is still computing whether it can be merged" in words(head_html(waits, ""))
    closed = replace(OPEN, merge=NO, state=PullState.CLOSED)
    assert "merge-why" not in head_html(closed, "")


def test_a_conflict_is_told_in_full_and_whoever_may_resolve_it_is_led_there() -> None:
    said = words(head_html(CLASHING, ""))
    assert "Conflicts" in said
    assert "Its contributors or an arbiter resolve the conflict, then it can be merged." in said
    assert 'data-do="merge"' not in bar(CLASHING)
    assert 'data-do="resolve"' not in bar(CLASHING)

    may = replace(CLASHING, resolve=YES)

    assert 'data-do="resolve"' in bar(may)
    assert "Resolve the conflict, then it can be merged." in words(head_html(may, ""))


def test_a_replaced_one_says_by_what_and_offers_no_decision() -> None:
    view = replace(OPEN, state=PullState.CLOSED, superseded_by=NEWER, mergeability=None, closed_at=AT)
    said = words(head_html(view, ""))
    assert said.startswith("Superseded")
    assert "was superseded" in said
    assert "Replaced by #9 Again (merged)." in said
    assert "data-do" not in bar(view)


def test_one_that_waits_for_its_replacement_stays_open_and_names_it() -> None:
    newer = replace(NEWER, state=PullState.OPEN)
    for view in (replace(OPEN, superseded_by=newer), replace(CLASHING, superseded_by=newer)):
        html = head_html(view, "")
        assert words(html).startswith("Open")
        assert "It is being replaced by #9 Again (open): when that one is merged, this one is closed." in (
            words(html).replace(" :", ":")
        )
        assert f'href="/rfc/{view.slug}/pr/9"' in html
        assert "Resolve the conflict" not in html
        assert "pr-contradicts" not in html
        assert "pr-superseding" not in html
    assert words(bar(view)).endswith("Being replaced by #9 Merge")


def test_the_tally_counts_what_there_is_and_leads_to_what_is_new() -> None:
    change = Change("c1", ChangeKind.WORDS, "why", gained=0, lost=3)
    section = SectionChanges("why", "1", "Why", (change,), "f")
    views = DiffViews("", "", "", (change,), (section,))
    assert words(tally_html(views, fresh=0)) == "−3 words 1 change in 1 section"
    assert "data-to-new" not in tally_html(views, fresh=0)
    assert words(tally_html(views, fresh=1)).endswith("1 new since you looked")
    assert "data-to-new" in tally_html(views, fresh=1)


def test_the_contents_count_the_changes_of_each_section() -> None:
    change = Change("c1", ChangeKind.WORDS, "deep", gained=1, lost=0)
    headings = tuple(
        Heading(level, str(level), name.title(), name)
        for level, name in ((1, "why"), (2, "who"), (4, "deep"))
    )
    views = DiffViews("", "", "", (change,), (SectionChanges("deep", "4", "Deep", (change,), "f"),), headings)

    assert words(diff_contents_html(views)) == "In this PR 1 Why 2 Who 4 Deep 1"
    assert diff_contents_html(replace(views, headings=headings[:2])) == ""
    assert diff_contents_html(replace(views, sections=())) == ""


def test_merging_says_how_many_suggestions_it_leaves_out() -> None:
    one = words(head_html(replace(OPEN, undecided=1), ""))
    some = words(head_html(replace(OPEN, undecided=3), ""))
    assert "One suggestion is not decided yet: merging leaves it out." in one
    assert "3 suggestions are not decided yet: merging leaves them out." in some
    others = (OPEN, replace(OPEN, undecided=3, merge=NO), replace(CLASHING, undecided=3))
    assert all("not decided" not in words(head_html(view, "")) for view in others)
