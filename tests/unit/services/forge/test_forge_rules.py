"""The forge's small rules: passwords, scopes, redirects, paths, times, faults, hooks."""

from __future__ import annotations

import pytest

from services.forge.applications import redirect_allowed
from services.forge.contents import FileEdit, Operation, clean_path, default_message
from services.forge.delivery import host_allowed, request_parts
from services.forge.faults import FaultAction, FaultRule, Faults
from services.forge.git_history import Memory
from services.forge.hooks import expanded
from services.forge.identity import Identity
from services.forge.oauth_tokens import granted_scopes
from services.forge.passwords import PasswordMemory, hash_password, matches
from services.forge.records import Application, Delivery, Hook
from services.forge.refusals import Refused
from services.forge.settings import GiteaVersion
from services.forge.times import iso, iso_with_offset, parse
from services.forge.web.sign_in import local_target


def test_a_password_is_kept_as_a_salted_hash() -> None:
    one, two = hash_password("secret"), hash_password("secret")

    assert one != two
    assert (matches("secret", one), matches("Secret", one), matches("secret", "")) == (True, False, False)


def test_a_remembered_password_does_not_let_another_in() -> None:
    memory, stored = PasswordMemory(), hash_password("secret")

    answers = [memory.verify(password, stored) for password in ("secret", "secret", "wrong")]

    assert answers == [True, True, False]


@pytest.mark.parametrize(
    ("scopes", "level", "category", "allowed"),
    [
        (("all",), "write", "admin", True),
        (("write:issue",), "read", "issue", True),
        (("read:issue",), "write", "issue", False),
        (("write:issue",), "read", "repository", False),
    ],
)
def test_writing_includes_reading(
    scopes: tuple[str, ...], level: str, category: str, *, allowed: bool
) -> None:
    assert Identity(scopes=scopes).allows(level, category) is allowed


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("openid profile email", ("all",)),
        ("openid read:user", ("read:user",)),
        ("openid read:user read:repository", ("read:user", "read:repository")),
        ("openid read:user nonsense", ("all",)),
        ("", ("all",)),
    ],
)
def test_consent_is_full_access_unless_narrowed(scope: str, granted: tuple[str, ...]) -> None:
    assert granted_scopes(scope) == granted


def application(*, confidential: bool) -> Application:
    return Application(
        id=1,
        user_id=1,
        name="app",
        client_id="c",
        secret_digest="",
        redirect_uris=("http://127.0.0.1:80/Callback",),
        confidential=confidential,
        skip_consent=False,
        created_at=0,
    )


@pytest.mark.parametrize(
    ("uri", "confidential", "allowed"),
    [
        ("http://127.0.0.1:80/Callback", True, True),
        ("http://127.0.0.1:80/callback/", True, True),
        ("http://127.0.0.1:80/callback//", True, False),
        ("http://127.0.0.1:99/callback", True, False),
        ("http://127.0.0.1:99/callback", False, True),
        ("http://127.0.0.1:99/other", False, False),
        ("http://evil.example/callback", False, False),
    ],
)
def test_redirects_match_as_in_gitea(uri: str, *, confidential: bool, allowed: bool) -> None:
    assert redirect_allowed(application(confidential=confidential), uri) is allowed


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [("/a/b.md", "a/b.md"), ("a//b", "a/b"), ("./a", "a"), ("a/../b", "b"), ("../../a", "a")],
)
def test_paths_are_cleaned(path: str, cleaned: str) -> None:
    assert clean_path(path) == cleaned


@pytest.mark.parametrize("path", ["", "/", ".git/config", "a/.GIT/x", "a\0b", "x" * 501])
def test_impossible_paths_are_refused(path: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_path(path)

    assert refused.value.status == 422


def test_a_default_message_has_a_line_per_kind() -> None:
    edits = [
        FileEdit(operation=Operation.CREATE, path="a"),
        FileEdit(operation=Operation.UPDATE, path="b"),
        FileEdit(operation=Operation.DELETE, path="c"),
        FileEdit(operation=Operation.DELETE, path="d"),
    ]

    assert default_message(edits) == "Add a\nUpdate b\nDelete c, d"


def test_times_are_whole_seconds_with_their_zone() -> None:
    assert (iso(0), iso_with_offset(0, 90), iso_with_offset(0, 0)) == (
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:30:00+01:30",
        "1970-01-01T00:00:00Z",
    )
    assert (parse("nonsense"), parse("0001-01-01T00:00:00Z")) == (None, None)


def test_a_rule_applies_as_often_as_it_says() -> None:
    faults = Faults(GiteaVersion.V1_25, 0)
    faults.add([FaultRule(path="/pulls", action=FaultAction.STATUS, method="POST", times=2)])

    hits = [
        faults.match(method, path) is not None
        for method, path in [
            ("GET", "/pulls"),
            ("POST", "/x/pulls"),
            ("POST", "/pulls/1"),
            ("POST", "/pulls"),
        ]
    ]

    assert hits == [False, True, True, False]
    assert faults.rules[0].hits == 2


def test_clearing_restores_every_switch() -> None:
    faults = Faults(GiteaVersion.V1_25, 0.5)
    faults.switches.mergeability = None
    faults.switches.version = GiteaVersion.V1_27

    faults.clear()

    assert (faults.switches.mergeability, faults.switches.version) == (0.5, GiteaVersion.V1_25)


def test_a_memory_forgets_what_was_least_used() -> None:
    memory: Memory[str, int] = Memory(2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")
    memory.put("c", 3)

    assert [memory.get(key) for key in "abc"] == [1, None, 3]


def test_event_groups_are_spelled_out() -> None:
    assert expanded(()) == '["push"]'
    assert expanded(("pull_request_only", "push")) == '["pull_request", "push"]'


@pytest.mark.parametrize(
    ("host", "allowed", "answer"),
    [
        ("127.0.0.1", ("loopback",), True),
        ("127.0.0.1", ("external",), False),
        ("10.0.0.1", ("loopback", "external"), False),
        ("10.0.0.1", ("private",), True),
        ("10.0.0.1", ("*",), True),
        ("192.0.2.1.nothing.invalid", ("192.0.2.1.nothing.invalid",), True),
    ],
)
async def test_webhooks_go_to_allowed_hosts_only(
    host: str, allowed: tuple[str, ...], *, answer: bool
) -> None:
    assert await host_allowed(host, allowed) is answer


def test_a_form_hook_signs_the_json_inside() -> None:
    delivery = Delivery(
        id=1,
        hook_id=1,
        uuid="u",
        event="push",
        event_type="push",
        payload='{"a": 1}',
        state="pending",
        status=0,
        answer="",
        created_at=0,
        delivered_at=None,
    )
    hook = Hook(
        id=1,
        owner_kind="repository",
        owner_id=1,
        type="gitea",
        url="http://127.0.0.1/",
        content_type="form",
        secret="key",
        active=True,
        events=("push",),
        branch_filter="",
        authorization_header="Bearer x",
        created_at=0,
        updated_at=0,
    )

    body, headers = request_parts(delivery, hook)

    assert body == b"payload=%7B%22a%22%3A+1%7D"
    assert headers["X-Gitea-Signature"] == "85e7b68cdf027474f0f0b8e2e63c4afb88cacf8a3e503aa13160f290dfc506d4"
    assert headers["Authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/login/oauth/authorize?x=1", "/login/oauth/authorize?x=1"),
        *((bad, "/") for bad in ("", "https://evil.example", "//evil.example", "/\\evil.example", "/a\nb")),
    ],
)
def test_signing_in_leads_to_the_forges_own_pages(target: str, answer: str) -> None:
    assert local_target(target) == answer
