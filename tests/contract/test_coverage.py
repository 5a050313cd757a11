"""Which tests hold Gitea's facts (FACTS §0) and each call that the product makes of it (FACTS A.2).

The facts are those of Gitea's source that are most likely to be built wrong. A fact whose test was renamed or
removed, a method of the client without a row, or a row whose request the client no longer sends, fails here.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.domain.errors import Upstream
from services.gitea.api.git import Identity
from services.gitea.client import GiteaClient

TESTS = Path(__file__).resolve().parents[1]
SERVICES = TESTS.parent / "services"
REPO, SHA = "ohm/meta", "a" * 40
BOT = Identity(name="Bot", email="bot@example.org")

FACTS = {
    1: (
        "a blob that is another one is 422, for a deletion 400 or 422",
        "test_a_stale_sha_is_422_with_both",
        "test_a_stale_deletion_is_refused",
        "test_a_text_made_from_an_older_file_is_refused_and_nothing_is_written",
    ),
    2: (
        "of two writes at once to one branch the loser gets 500",
        "test_concurrent_writes_lose_nothing_they_confirmed",
        "test_racing_writes_may_fail",
        "test_racing_writes_all_arrive",
    ),
    3: (
        "a conflict and a check that still runs look the same: 405",
        "test_a_conflict_says_try_again_later",
        "test_a_conflict_is_proven_and_named",
        "test_a_merge_waits_while_gitea_is_still_checking",
        "test_a_check_that_never_ends_is_told",
    ),
    4: (
        "a push puts the check of a pull request back, and payloads are stale",
        "test_a_push_to_the_base_leads_to_a_new_check",
        "test_mergeability_may_take_its_time",
        "test_the_payload_is_never_taken_as_data",
    ),
    5: (
        "the secret of a hook can't be edited, and an edit without events leaves push",
        "test_a_hooks_secret_cannot_be_changed",
        "test_an_edit_without_events_leaves_push_only",
        "test_the_webhook_is_replaced_with_its_secret",
    ),
    6: ("a hook made without `active` is off", "test_a_hook_without_active_is_off"),
    7: (
        "a push tells five commits at most, a new branch ten of its ancestors",
        "test_a_push_shows_five_commits_and_counts_all",
        "test_a_new_branch_sends_create_then_push",
    ),
    8: (
        "a deleted branch sends `delete` alone, a deleted tag also `push`",
        "test_a_deleted_branch_sends_delete_alone",
        "test_a_deleted_tag_sends_push_and_delete",
    ),
    9: (
        "a webhook is tried once, in any order",
        "test_a_failed_webhook_is_not_tried_again",
        "test_webhooks_may_come_twice_or_late",
        "test_with_every_webhook_lost_the_next_sweep_shows_the_world_as_it_is",
    ),
    10: (
        "a repository of an organisation needs write:organization, or a site admin's way round",
        "test_repositories_of_an_organization_need_its_scope",
        "test_a_site_admin_creates_a_repository_for_an_organization",
        "test_the_scopes_of_older_set_ups_suffice_for_a_site_admin",
    ),
    11: (
        "comments of a pull request need write:issue",
        "test_the_conversation_needs_the_issue_scope",
        "test_a_bot_without_the_issue_scope_still_closes",
    ),
    12: (
        "an edit of a pull request is 201, a merge 200 with nothing, a hook's test 204",
        "test_an_edit_answers_201",
        "test_a_merge_answers_nothing_and_makes_a_merge_commit",
        "test_a_test_sends_a_push_that_moved_nothing",
        "test_a_file_is_deleted",
    ),
    13: (
        "raw at an unknown reference is the default branch",
        "test_raw_reads_the_default_branch_for_an_unknown_reference",
        "test_raw_at_a_ref_that_does_not_exist_is_a_404",
    ),
    14: ("compare tells commits and no files, and is missing in 1.21", "test_compare_lists_commits_only"),
    15: (
        "a token without granular scopes may do everything",
        "test_without_granular_scopes_the_token_is_full_access",
        "test_an_unknown_scope_counts_as_none",
        "test_a_public_application_cannot_ask_for_another_scope_later",
        "test_the_app_asks_with_state_nonce_and_a_hashed_pkce_challenge",
    ),
}


@dataclass(frozen=True)
class Call:
    """A row of A.2: the request, how the client is made to send it, and the tests that hold its answers."""

    request: str
    tests: tuple[str, ...]
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


def call(request: str, *tests: str, arguments: tuple[Any, ...] = (), **options: Any) -> Call:
    return Call(request, tests, arguments, tuple(options.items()))


CLIENT_CALLS = {
    "accounts.version": call("GET version", "test_the_version_needs_no_sign_in"),
    "accounts.me": call("GET user", "test_the_signed_in_person_sees_their_own_address"),
    "accounts.by_login": call(
        "GET users/{name}", "test_a_user_is_found_whatever_the_case", arguments=("ann",)
    ),
    "accounts.by_id": call(
        "GET users/search", "test_a_person_is_found_by_number_and_by_login", arguments=(7,)
    ),
    "repositories.get": call(
        "GET repos/{o}/{r}", "test_private_repositories_do_not_exist_for_strangers", arguments=(REPO,)
    ),
    "repositories.of_organisation": call(
        "GET orgs/{o}/repos", "test_the_organisation_tells_what_moved", arguments=("ohm",)
    ),
    "repositories.create": call(
        "POST orgs/{o}/repos",
        "test_a_repository_starts_with_one_commit_when_asked",
        "test_a_repository_name_is_given_once",
        "test_a_bad_repository_name_is_refused",
        "test_a_stranger_creates_no_repository",
        arguments=(REPO,),
        description="",
        private=False,
        first_commit=False,
    ),
    "repositories.describe": call(
        "PATCH repos/{o}/{r}", "test_a_repository_is_changed", arguments=(REPO, "What it is")
    ),
    "repositories.delete": call(
        "DELETE repos/{o}/{r}",
        "test_a_repository_is_deleted",
        "test_only_owners_delete",
        arguments=(REPO,),
    ),
    "repositories.changed_pulls": call(
        "GET repos/issues/search",
        "test_pull_requests_are_searched_across_repositories",
        arguments=("ohm",),
        since=datetime(2026, 1, 2, tzinfo=UTC),
    ),
    "repositories.hooks": call(
        "GET repos/{o}/{r}/hooks", "test_hooks_are_listed_and_removed", arguments=(REPO,)
    ),
    "repositories.create_hook": call(
        "POST repos/{o}/{r}/hooks",
        "test_a_hook_never_shows_its_secret",
        "test_a_bad_hook_is_refused",
        arguments=(REPO,),
        url="http://127.0.0.1/",
        secret="s",
    ),
    "repositories.delete_hook": call(
        "DELETE repos/{o}/{r}/hooks/{n}", "test_hooks_are_listed_and_removed", arguments=(REPO, 1)
    ),
    "repositories.test_hook": call(
        "POST repos/{o}/{r}/hooks/{n}/tests",
        "test_a_test_sends_a_push_that_moved_nothing",
        "test_a_test_without_the_push_event_sends_nothing",
        arguments=(REPO, 1),
    ),
    "git.branch": call(
        "GET repos/{o}/{r}/branches/{b…}",
        "test_branch_names_have_slashes",
        "test_an_unknown_branch_is_not_found",
        arguments=(REPO, "a/b"),
    ),
    "git.branches": call(
        "GET repos/{o}/{r}/branches",
        "test_branches_are_listed_newest_commit_first",
        "test_an_empty_repository_has_no_branches_and_takes_none",
        "test_null_is_an_empty_listing",
        arguments=(REPO,),
    ),
    "git.create_branch": call(
        "POST repos/{o}/{r}/branches",
        "test_a_branch_starts_at_any_commit",
        "test_a_bad_branch_is_refused",
        arguments=(REPO, "work"),
        at=SHA,
    ),
    "git.delete_branch": call(
        "DELETE repos/{o}/{r}/branches/{b…}",
        "test_the_default_branch_stays",
        "test_deleting_an_unknown_branch_answers_204_or_404",
        arguments=(REPO, "work"),
    ),
    "git.commit": call(
        "GET repos/{o}/{r}/git/commits/{sha}", "test_one_commit_is_shown", arguments=(REPO, SHA)
    ),
    "git.commits": call(
        "GET repos/{o}/{r}/commits",
        "test_commits_are_listed_newest_first_with_counts",
        "test_an_empty_repository_says_so",
        "test_commits_of_a_branch_without_those_of_another",
        arguments=(REPO,),
        head=SHA,
    ),
    "git.tree": call(
        "GET repos/{o}/{r}/git/trees/{sha}",
        "test_a_tree_is_read_whole_or_in_pages",
        "test_an_unknown_tree_is_a_bad_request",
        arguments=(REPO, SHA),
    ),
    "git.blob": call(
        "GET repos/{o}/{r}/git/blobs/{sha}", "test_a_blob_is_read_by_its_id", arguments=(REPO, SHA)
    ),
    "git.file": call(
        "GET repos/{o}/{r}/contents/{path…}",
        "test_a_file_is_read_back_at_once",
        "test_a_folder_is_listed_without_contents",
        "test_an_empty_repository_says_so",
        arguments=(REPO, "rfcs/human.md"),
        ref="main",
    ),
    "git.write_files": call(
        "POST repos/{o}/{r}/contents",
        "test_several_files_change_in_one_commit",
        "test_one_bad_file_spoils_the_whole_commit",
        "test_without_a_sha_the_last_writer_wins",
        arguments=(REPO, ()),
        branch="main",
        message="Write",
        author=BOT,
        committer=BOT,
    ),
    "pulls.create": call(
        "POST repos/{o}/{r}/pulls",
        "test_a_pull_request_is_opened",
        "test_a_bad_pull_request_is_refused",
        arguments=(REPO,),
        head="work",
        base="main",
        title="T",
        body="",
    ),
    "pulls.get": call(
        "GET repos/{o}/{r}/pulls/{n}", "test_an_unknown_number_is_not_found", arguments=(REPO, 1)
    ),
    "pulls.newest_first": call(
        "GET repos/{o}/{r}/pulls", "test_pull_requests_are_listed_newest_first", arguments=(REPO,)
    ),
    "pulls.recently_changed_first": call(
        "GET repos/{o}/{r}/pulls", "test_only_pull_requests_that_changed_are_read_again", arguments=(REPO,)
    ),
    "pulls.files": call(
        "GET repos/{o}/{r}/pulls/{n}/files", "test_files_have_counts_and_no_patch", arguments=(REPO, 1)
    ),
    "pulls.kept_head": call(
        "GET repos/{o}/{r}/commits",
        "test_the_head_of_an_ended_pull_request_stays_when_its_branch_goes_on",
        arguments=(REPO, 1),
    ),
    "pulls.merge": call(
        "POST repos/{o}/{r}/pulls/{n}/merge",
        "test_a_merged_pull_request_is_not_merged_again",
        "test_a_closed_pull_request_is_not_found_for_merging",
        "test_work_in_progress_is_not_merged",
        "test_a_moved_head_stops_the_merge",
        "test_a_reader_does_not_merge",
        "test_an_unwanted_merge_style_is_refused",
        arguments=(REPO, 1),
        head=SHA,
        title="T",
        message="",
    ),
    "pulls.close": call(
        "PATCH repos/{o}/{r}/pulls/{n}",
        "test_it_closes_and_opens_again",
        "test_a_merged_pull_request_keeps_its_state",
        arguments=(REPO, 1),
    ),
    "pulls.reopen": call(
        "PATCH repos/{o}/{r}/pulls/{n}", "test_it_closes_and_opens_again", arguments=(REPO, 1)
    ),
    "pulls.edit": call(
        "PATCH repos/{o}/{r}/pulls/{n}",
        "test_an_edit_answers_201",
        arguments=(REPO, 1),
        title="T",
        body="",
    ),
    "pulls.comments": call(
        "GET repos/{o}/{r}/issues/{n}/comments", "test_a_comment_is_kept", arguments=(REPO, 1)
    ),
    "pulls.comment": call(
        "POST repos/{o}/{r}/issues/{n}/comments",
        "test_an_empty_comment_is_refused",
        arguments=(REPO, 1, "Hello"),
    ),
}
FALLBACKS = {"POST admin/users/{o}/repos": ("test_a_site_admin_creates_a_repository_for_an_organization",)}
"""What the client asks for when Gitea refused the usual way."""

OPERATORS_CALLS = {
    "POST admin/users": ("test_a_bad_account_is_refused", "test_a_login_is_given_once"),
    "POST admin/users/{o}/repos": ("test_only_site_admins_create_accounts",),
    "GET users/{name}": ("test_a_user_is_found_whatever_the_case",),
    "GET user": ("test_wrong_credentials_are_refused",),
    "GET version": ("test_the_version_needs_no_sign_in",),
    "POST orgs": ("test_an_organization_is_made_once",),
    "GET orgs/{o}": ("test_an_unknown_organization_is_not_found",),
    "POST orgs/{o}/repos": ("test_a_missing_scope_is_named",),
    "GET orgs/{o}/teams": ("test_a_team_name_is_given_once",),
    "GET teams/{n}/members": ("test_a_bot_that_does_not_own_the_organisation_is_named",),
    "PUT teams/{n}/members/{name}": ("test_a_team_lets_its_members_write",),
    "POST users/{name}/tokens": (
        "test_a_token_is_made_with_a_password_only",
        "test_a_used_name_or_unknown_scope_is_refused",
    ),
    "DELETE users/{name}/tokens/{name}": ("test_a_second_start_keeps_every_value",),
    "GET user/applications/oauth2": ("test_a_site_that_moved_gets_an_application_for_its_new_address",),
    "POST user/applications/oauth2": ("test_an_application_is_registered_with_a_secret_shown_once",),
    "DELETE user/applications/oauth2/{n}": (
        "test_a_site_that_moved_gets_an_application_for_its_new_address",
    ),
    "GET repos/{o}/{r}": ("test_a_sound_deployment_has_no_complaints",),
    "GET repos/{o}/{r}/hooks": ("test_hooks_are_listed_and_removed",),
    "POST repos/{o}/{r}/hooks/{n}/tests": ("test_a_test_sends_a_push_that_moved_nothing",),
    "POST repos/{o}/{r}/branches": ("test_reading_does_not_allow_writing",),
    "POST repos/{o}/{r}/issues/{n}/comments": ("test_the_conversation_needs_the_issue_scope",),
}
"""What the doctor and the maker of the embedded forge ask for, besides the client."""


def names_of_tests() -> frozenset[str]:
    """Every test there is."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob("test_*.py"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, functions))


def matches(template: str, request: str) -> bool:
    """Whether a request is of a row; `{x}` is one segment, `{x…}` several."""
    parts = re.split(r"(\{\w+…?\})", template)
    pattern = "".join((".+" if "…" in part else "[^/]+") if part[:1] == "{" else part for part in parts)
    return re.fullmatch(pattern, request) is not None


def methods_of_the_client() -> set[str]:
    client = GiteaClient("http://git.example.org", "token", transport=httpx.MockTransport(_refuse([])))
    nouns = {name: part for name, part in vars(client).items() if not name.startswith("_")}
    return {
        f"{noun}.{name}"
        for noun, part in nouns.items()
        for name, _ in inspect.getmembers(part, inspect.ismethod)
        if not name.startswith("_")
    }


def _refuse(asked: list[str]) -> Any:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path.removeprefix('/api/v1/')}")
        return httpx.Response(403, json={"message": "no"})

    return handle


async def requests_of(method: str, sent: Call) -> list[str]:
    """What the client asks a Gitea that refuses everything."""
    asked: list[str] = []
    noun, name = method.split(".")
    async with GiteaClient(
        "http://git.example.org", "token", transport=httpx.MockTransport(_refuse(asked))
    ) as client:
        begun = getattr(getattr(client, noun), name)(*sent.arguments, **dict(sent.options))
        with pytest.raises(Upstream):
            await (anext(begun) if isinstance(begun, AsyncIterator) else begun)
    return asked


def requests_in_source(path: Path) -> set[str]:
    """The API paths that a module asks for with a bare HTTP client, each `{…}` of the source as one segment."""
    found = set()
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in parts:
            text = node.value if isinstance(node, ast.Constant) else _joined(node)
            if isinstance(text, str) and re.match(
                r"(/api/v1)?/(admin|orgs|repos|teams|users?|version)\b", text
            ):
                found.add(text.removeprefix("/api/v1").removeprefix("/"))
    return found


def _joined(node: ast.JoinedStr) -> str:
    """An f-string with what it inserts as `x`; the meta repository is an organisation and a name."""
    parts = (
        str(part.value) if isinstance(part, ast.Constant) else "x/x" if "meta" in ast.unparse(part) else "x"
        for part in node.values
    )
    return "".join(parts)


def test_each_fact_has_tests() -> None:
    assert list(FACTS) == list(range(1, 16))
    named = {name for _, *tests in FACTS.values() for name in tests}
    assert sorted(named - names_of_tests()) == []


def test_each_call_has_tests() -> None:
    rows = [row.tests for row in CLIENT_CALLS.values()] + [*FALLBACKS.values(), *OPERATORS_CALLS.values()]
    assert all(rows)
    assert sorted({name for row in rows for name in row} - names_of_tests()) == []


def test_each_method_of_the_client_has_a_row() -> None:
    assert methods_of_the_client() == set(CLIENT_CALLS)


@pytest.mark.parametrize("method", CLIENT_CALLS)
async def test_the_client_sends_what_its_row_says(method: str) -> None:
    asked = await requests_of(method, CLIENT_CALLS[method])
    known = {row.request for row in CLIENT_CALLS.values()} | set(FALLBACKS)
    assert matches(CLIENT_CALLS[method].request, asked[0])
    assert [request for request in asked if not any(matches(row, request) for row in known)] == []


@pytest.mark.parametrize("folder", ["ops/doctor", "ops/forge_accounts.py"])
def test_what_operators_commands_ask_for_has_a_row(folder: str) -> None:
    place = SERVICES / folder
    modules = place.glob("*.py") if place.is_dir() else [place]
    paths = {path for module in modules for path in requests_in_source(module)}
    rows = {row.split(" ", 1)[1] for row in OPERATORS_CALLS}
    assert paths
    assert sorted(path for path in paths if not any(matches(row, path) for row in rows)) == []
