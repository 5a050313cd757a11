"""Numbers, repository names and owners of RFCs that graduate, checked before anything happens (§13.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.branch import MAX_BRANCH_NAME
from services.domain.errors import Invalid
from services.domain.identifiers import OperationId, Slug

BRANCH_PREFIX = "graduate-"
MAX_NUMBER = 999_999_999
MAX_REPOSITORY_NAME = 100
MAX_OWNERS = 20
_NUMBER = re.compile(r"(?:RFC-?)?0*([1-9][0-9]{0,8})", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEPT_BY_GITEA = (".git", ".wiki", ".rss", ".atom", ".keys", ".gpg")
_BETWEEN = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraduationPlan:
    """What somebody chose: the number, the repository's name without its owner, and the first owners' logins."""

    number: int
    repo_name: str
    owners: tuple[str, ...]

    @property
    def rfc_id(self) -> str:
        """The number as it is written."""
        return rfc_id(self.number)


def check_plan(*, number: str, repo_name: str, owners: str) -> GraduationPlan:
    """The plan that was typed; raises Invalid with the field (`number`, `repo`, `owners`) and what is wrong."""
    return GraduationPlan(
        number=check_number(number), repo_name=check_repo_name(repo_name), owners=check_owners(owners)
    )


def rfc_id(number: int) -> str:
    """`RFC-0046`."""
    return f"RFC-{number:04d}"


def next_number(taken: Iterable[int]) -> int:
    """The number after the highest there is: one that was given up is not given to something else."""
    return max(taken, default=0) + 1


def suggested_name(number: int, slug: Slug) -> str:
    """`rfc-0046-memory`."""
    return f"{rfc_id(number).lower()}-{slug}"[:MAX_REPOSITORY_NAME].rstrip("-")


def check_number(text: str) -> int:
    """A number as people write it: `46`, `0046`, `RFC-0046`."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise Invalid("Write a number from 1 on, such as 46 or RFC-0046.", field="number")
    return int(match[1])


def check_repo_name(text: str) -> str:
    """A name that Gitea takes for a repository."""
    name = text.strip()
    if not name:
        raise Invalid("A name for the repository is needed.", field="repo")
    if len(name) > MAX_REPOSITORY_NAME:
        raise Invalid(f"A repository's name has at most {MAX_REPOSITORY_NAME} characters.", field="repo")
    if not _NAME.fullmatch(name):
        words = "A repository's name has letters a–z, digits, dots, hyphens and underscores."
        raise Invalid(words, field="repo")
    if name.lower().endswith(_KEPT_BY_GITEA):
        raise Invalid(f"Gitea keeps names that end with {name[name.rindex('.') :]} for itself.", field="repo")
    return name


def check_owners(text: str) -> tuple[str, ...]:
    """Logins, separated by commas or spaces, each once; an `@` before them is fine."""
    typed = [word.removeprefix("@") for word in _BETWEEN.split(text) if word.removeprefix("@")]
    logins = tuple({login.lower(): login for login in typed}.values())
    if not logins:
        raise Invalid("Name at least one owner: somebody has to look after it.", field="owners")
    if len(logins) > MAX_OWNERS:
        raise Invalid(f"An RFC begins with at most {MAX_OWNERS} owners.", field="owners")
    return logins


def graduation_branch(slug: Slug, op_id: OperationId) -> str:
    """`graduate-<slug>-<6 hex>`: the branch of the graduation PR."""
    return f"{BRANCH_PREFIX}{slug}"[: MAX_BRANCH_NAME - 7] + f"-{op_id[:6]}"
