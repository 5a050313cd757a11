"""The demo's documents: enough of them, in every state this release has, written by people who exist."""

from __future__ import annotations

import re

from services.domain.proposal import check_proposal
from services.ops.demo_site import ACCOUNTS
from services.ops.sample_documents import SAMPLES, sample_ideas

IDEAS = sample_ideas()


def test_there_is_something_in_every_state() -> None:
    merged = [idea for idea in IDEAS if idea.merged_by]
    declined = [idea for idea in IDEAS if idea.declined_by]
    withdrawn = [idea for idea in IDEAS if idea.withdrawn_by]

    assert (len(merged), len(declined), len(withdrawn)) == (13, 1, 1)
    assert len(IDEAS) - len(merged) - len(declined) - len(withdrawn) == 3


def test_every_document_is_used_once() -> None:
    documents = sorted(
        path.name.removesuffix(".md") for path in SAMPLES.iterdir() if path.name.endswith(".md")
    )

    assert sorted(idea.slug for idea in IDEAS) == documents


def test_everybody_named_has_an_account() -> None:
    named = {idea.proposed_by for idea in IDEAS} | {owner for idea in IDEAS for owner in idea.owners}
    named |= {remark.login for idea in IDEAS for remark in (*idea.remarks, *idea.later_remarks)}
    deciders = {idea.merged_by or idea.declined_by for idea in IDEAS} - {""}
    roles = {account.login: account.role for account in ACCOUNTS}

    assert sorted(named - set(roles)) == []
    assert sorted({roles[login] for login in deciders}) == ["admin", "owner"]


def test_every_document_could_be_typed_into_the_proposal_form() -> None:
    checked = [
        check_proposal(title=idea.title, slug=idea.slug, pitch=idea.body, tags_text=",".join(idea.tags))
        for idea in IDEAS
    ]

    assert [proposal.slug for proposal in checked] == [idea.slug for idea in IDEAS]


def test_links_lead_to_documents_that_get_merged() -> None:
    merged = {idea.slug for idea in IDEAS if idea.merged_by}
    targets = {target for idea in IDEAS for target in re.findall(r"\]\(([a-z-]+)\.md\)", idea.body)}

    assert sorted(targets - merged) == []
