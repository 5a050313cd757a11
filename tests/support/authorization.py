"""Which rule of §6.4 each use-case enforces, who passes each rule, and the table of both in docs/security.md.

`python -m tests.support.authorization` writes the table; the test beside the rules says when that is due.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import services.usecases
from services.domain import permissions
from services.domain.actors import Actor, Role, Viewer
from services.domain.identifiers import Login, UserId
from services.domain.permissions import EditAccess, MetadataField, Rule, Standing, allows
from services.usecases.meta_pulls import KnownMetaPull

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BETWEEN = re.compile(
    r"(<!-- who may: written by tests/support/authorization.py -->\n).*?(<!-- end -->)", re.DOTALL
)
SIGNED_IN, READ, TALK, EDIT = "signed_in", "may_read_branch", "may_talk_on_branch", "may_edit_branch"
OWN = "own mark"
"""Not a rule: somebody notes what they have read themselves, for nobody else to see."""

ENFORCED: Mapping[str, tuple[str, ...]] = {
    "admin_mail.retry_mail": ("may_run_admin",),
    "admin_sync.resume_write": ("may_run_admin",),
    "admin_sync.drop_write": ("may_run_admin",),
    "admin_sync.sync_now": ("may_run_admin",),
    "annotate.anchor_of": (READ,),
    "annotate.comment": (READ, TALK),
    "annotate.confirm_place": (READ, "may_resolve_thread"),
    "annotate.detach": (READ, "may_resolve_thread"),
    "annotate.discuss_flag": (READ, "may_resolve_thread"),
    "annotate.flag": (READ, TALK),
    "annotate.place_selection": (READ,),
    "annotate.reopen": (READ, "may_resolve_thread"),
    "annotate.reply": (READ, TALK),
    "annotate.resolve": (READ, "may_resolve_thread"),
    "ask_model.ask": (READ, TALK),
    "ask_model.ask_again": (READ, TALK),
    "ask_model.retry": (READ, TALK),
    "ask_model.stop": (READ, "may_stop_answer"),
    "branch_access.close": (READ, "may_change_branch"),
    "branch_access.grant": ("may_change_branch",),
    "branch_access.pin": ("may_pin_branch",),
    "branch_access.reopen": ("may_bring_branch_back",),
    "branch_access.revoke": ("may_change_branch",),
    "branch_access.set_edit_access": ("may_change_branch",),
    "branch_access.set_visibility": ("may_change_branch",),
    "carry_branch.carry_branch": (READ, "may_start_contributing"),
    "change_metadata.change_metadata": ("may_open_metadata",),
    "claim.claim": ("may_claim",),
    "contribute.start_contributing": ("may_start_contributing",),
    "converse.post_to_branch": (READ, TALK),
    "converse.post_to_entry": ("may_comment",),
    "converse.post_to_idea": ("may_comment",),
    "converse.post_to_meta_pull": ("may_comment",),
    "decide_change.accept": ("may_comment", EDIT, READ),
    "decide_change.accept_all": ("may_comment", EDIT, READ),
    "decide_change.accept_part": ("may_comment", EDIT, READ),
    "decide_change.decline": ("may_comment", "may_decide_waiting", EDIT, READ),
    "decide_change.keep_both": ("may_comment", EDIT, READ),
    "decide_change.undo": ("may_comment", EDIT, READ),
    "decide_idea.decline": ("may_decline_idea",),
    "decide_idea.merge": ("may_merge_idea",),
    "decide_idea.withdraw": ("may_withdraw",),
    "decide_metadata.decline_metadata": ("may_decide_claim", "may_merge_metadata"),
    "decide_metadata.merge_metadata": ("may_decide_claim", "may_merge_metadata"),
    "decide_metadata.withdraw_metadata": ("may_withdraw",),
    "decide_pull.edit_pull": ("may_edit_pull", READ),
    "decide_pull.merge_pull": ("may_merge_pull", READ),
    "decide_pull.reopen_pull": (READ, "may_withdraw"),
    "decide_pull.withdraw_pull": (READ, "may_withdraw"),
    "draft_pull.draft_pull": (EDIT, READ),
    "fund.consent": (SIGNED_IN,),
    "fund.remove_key": (SIGNED_IN,),
    "fund.store_key": (SIGNED_IN,),
    "fund.withdraw_consent": (SIGNED_IN,),
    "help_propose.sharpen_pitch": ("may_propose", "may_ask_ai"),
    "help_propose.suggest_tags": ("may_propose", "may_ask_ai"),
    "graduate.resume_graduation": ("may_run_admin",),
    "graduate.start_graduation": ("may_graduate",),
    "graduate.undo_graduation": ("may_run_admin",),
    "hygiene.keep": ("may_change_branch", READ),
    "import_corpus.import_corpus": ("may_run_admin",),
    "open_pull.open_pull": (EDIT, READ),
    "outdated_logins.update_logins": ("may_open_metadata", "may_run_admin"),
    "propose.propose": ("may_propose",),
    "discard_replay.discard_replay": (READ, "may_resolve_pull"),
    "resolve_metadata.resolve_metadata": ("may_withdraw",),
    "resolve_pull.ask_wording": (READ, "may_resolve_pull"),
    "resolve_pull.choose_wording": (READ, "may_resolve_pull"),
    "resolve_pull.open_resolved": (EDIT, READ, "may_resolve_pull"),
    "resolve_pull.start_resolving": (READ, "may_resolve_pull"),
    "resolve_pull.take_wordings": (READ, "may_resolve_pull"),
    "restore_branch.restore": ("may_bring_branch_back", READ),
    "rights.end_sessions": ("may_end_sessions",),
    "rights.set_muted": ("may_mute",),
    "rights.set_role": ("may_set_role",),
    "save_now.save_now": (EDIT,),
    "suggest.add_word": ("may_comment",),
    "suggest.suggest": (READ, TALK),
    "inbox.mark_one_read": (SIGNED_IN,),
    "inbox.mark_read": (SIGNED_IN,),
    "inbox.set_watch": (SIGNED_IN,),
    "look_at_pull.mark_looked": (OWN,),
    "look_at_pull.tick_section": (OWN,),
    "mail_wishes.mute_person": (SIGNED_IN,),
    "mail_wishes.set_cadence": (SIGNED_IN,),
    "mail_wishes.set_quiet_hours": (SIGNED_IN,),
    "mail_wishes.set_switch": (SIGNED_IN,),
    "mail_wishes.unmute_person": (SIGNED_IN,),
    "views.entry.mark_read": (OWN,),
    "views.talk.mark_seen": (OWN,),
}
"""Every use-case in which somebody acts, with all rules that are asked on its way."""

ME, OTHER = Login("me"), Login("other")
MYSELF = Actor(id=UserId(1), login=ME, display_name="Me")
CONTRIBUTOR = Actor(id=UserId(2), login=OTHER, display_name="Other")
OF_OTHERS = Standing(
    opened_by=OTHER,
    owners=(OTHER,),
    arbiters=(OTHER,),
    branch_creator=OTHER,
    branch_private=True,
    branch_access=EditAccess.INVITED,
)
"""The hardest case: a private branch for invited people, and everything somebody else's."""

ROLES: Mapping[str, tuple[Viewer, Standing]] = {
    "anonymous": (None, OF_OTHERS),
    "contributor": (MYSELF, OF_OTHERS),
    "muted": (replace(MYSELF, muted=True), replace(OF_OTHERS, opened_by=ME, owners=(ME,), branch_creator=ME)),
    "opener": (MYSELF, replace(OF_OTHERS, opened_by=ME)),
    "branch creator": (MYSELF, replace(OF_OTHERS, branch_creator=ME)),
    "granted": (MYSELF, replace(OF_OTHERS, branch_grants=(ME,))),
    "RFC owner": (MYSELF, replace(OF_OTHERS, owners=(ME,))),
    "arbiter": (MYSELF, replace(OF_OTHERS, arbiters=(ME,))),
    "admin": (replace(MYSELF, role=Role.ADMIN), OF_OTHERS),
    "owner": (replace(MYSELF, role=Role.OWNER), OF_OTHERS),
}
"""Who asks; *muted* is a muted contributor who opened the thing, owns the RFC and cut the branch."""

_OWNER = replace(CONTRIBUTOR, role=Role.OWNER)
MADE: Mapping[str, tuple[str, Rule]] = {
    "may_set_role: contributor, admin": (
        "may_set_role",
        permissions.may_set_role(subject=CONTRIBUTOR, role=Role.ADMIN, owner_count=2),
    ),
    "may_set_role: owner": (
        "may_set_role",
        permissions.may_set_role(subject=CONTRIBUTOR, role=Role.OWNER, owner_count=2),
    ),
    "may_set_role: lower an owner": (
        "may_set_role",
        permissions.may_set_role(subject=_OWNER, role=Role.ADMIN, owner_count=2),
    ),
    "may_set_role: lower the last owner": (
        "may_set_role",
        permissions.may_set_role(subject=_OWNER, role=Role.ADMIN, owner_count=1),
    ),
    "may_mute: somebody": ("may_mute", permissions.may_mute(subject=CONTRIBUTOR)),
    "may_mute: an owner": ("may_mute", permissions.may_mute(subject=_OWNER)),
    "may_mute: oneself": ("may_mute", permissions.may_mute(subject=MYSELF)),
    "may_end_sessions: somebody": ("may_end_sessions", permissions.may_end_sessions(subject=CONTRIBUTOR)),
    "may_end_sessions: an owner": ("may_end_sessions", permissions.may_end_sessions(subject=_OWNER)),
    "may_end_sessions: oneself": ("may_end_sessions", permissions.may_end_sessions(subject=MYSELF)),
}
"""Rules that depend on whom they are about."""
METADATA = {
    "title, tags": MetadataField.TITLE,
    "models, funder, withdrawal": MetadataField.MODELS,
    "owners, arbiters": MetadataField.OWNERS,
}
_RULES = {
    id(rule): name
    for name, rule in vars(permissions).items()
    if isinstance(rule, Rule) and (name[:4] == "may_" or rule is permissions.signed_in)
}
_MAKERS: dict[object, str] = {
    maker: name
    for name, maker in vars(permissions).items()
    if inspect.isfunction(maker) and name[:4] == "may_"
}


def use_cases() -> dict[str, Callable[..., object]]:
    """Every public use-case in which somebody acts, by module and name."""
    prefix = f"{services.usecases.__name__}."
    modules = (
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(services.usecases.__path__, prefix)
    )
    return {
        f"{module.__name__.removeprefix(prefix)}.{name}": function
        for module in modules
        for name, function in vars(module).items()
        if inspect.iscoroutinefunction(function)
        and function.__module__ == module.__name__
        and _acts(function)
    }


def rules_asked(function: Callable[..., object]) -> tuple[str, ...]:
    """The rules named in a use-case and in whatever of the use-cases it calls."""
    return tuple(sorted(_rules_in(function, set())))


def table() -> str:
    """The page's two tables."""
    who = [f"| `{name}` | {', '.join(f'`{rule}`' for rule in ENFORCED[name])} |" for name in sorted(ENFORCED)]
    roles = [f"| {name} | {' | '.join(cells)} |" for name, cells in _rows()]
    head = ["rule", *ROLES]
    return "\n".join(
        [
            f"| {' | '.join(head)} |",
            f"|{'---|' * len(head)}",
            *roles,
            "",
            "| use-case | rules asked on its way |",
            "|---|---|",
            *who,
            "",
        ]
    )


def _acts(function: Callable[..., object]) -> bool:
    parameters = list(inspect.signature(function).parameters)
    if function.__name__.startswith("_") or parameters[:1] != ["context"]:
        return False
    return "actor" in parameters or (
        "viewer" in parameters and ".store.write()" in inspect.getsource(function)
    )


def _rows() -> Iterator[tuple[str, list[str]]]:
    for name, rule in sorted((name, getattr(permissions, name)) for name in _RULES.values()):
        if name != "may_merge_metadata":
            yield f"`{name}`", _cells(rule)
            continue
        for words, field in METADATA.items():
            yield f"`{name}`: {words}", _cells(rule, frozenset({field}))
    for words, (name, rule) in MADE.items():
        yield words.replace(name, f"`{name}`", 1), _cells(rule)


def _cells(rule: Rule, fields: frozenset[MetadataField] = frozenset()) -> list[str]:
    asked = [(viewer, replace(standing, metadata_fields=fields)) for viewer, standing in ROLES.values()]
    return ["yes" if allows(rule, viewer, standing) else "·" for viewer, standing in asked]


def _rules_in(thing: object, seen: set[object]) -> set[str]:
    if id(thing) in _RULES:
        return {_RULES[id(thing)]}
    if inspect.isfunction(thing) and thing in _MAKERS:
        return {_MAKERS[thing]}
    if not _is_ours(thing) or thing in seen:
        return set()
    seen.add(thing)
    return set().union(*(_rules_in(part, seen) for part in _named_in(thing)))


def _is_ours(thing: object) -> bool:
    return inspect.isfunction(thing) and thing.__module__.startswith(services.usecases.__name__)


def _named_in(function: object) -> Iterator[object]:
    assert inspect.isfunction(function)
    known = function.__globals__
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name) and node.id in known:
            yield known[node.id]
        if isinstance(node, ast.Attribute) and node.attr == "decide":
            yield KnownMetaPull.decide.fget
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = known.get(node.value.id)
            if isinstance(module, ModuleType):
                yield getattr(module, node.attr, None)


if __name__ == "__main__":
    page = PAGE.read_text()
    PAGE.write_text(BETWEEN.sub(lambda found: f"{found[1]}{table()}{found[2]}", page))
