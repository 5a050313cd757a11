"""The work that is under way in the demo, read from the package's data."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from services.domain.permissions import EditAccess
from services.ops.sample_documents import SAMPLES


class SampleWork(BaseModel):
    """A branch by somebody, or talk about main (`by` is empty), and what people did there.

    `days_ago` is when it began. `edits`: login, a passage, and what stands in its place afterwards. `suggest`: login,
    passage, wording, reason. `comment` and `flag`: login, passage, words. `ask`: login and question for the
    copy-editor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str
    days_ago: float
    by: str = ""
    edit_access: EditAccess = EditAccess.CREATOR
    edits: tuple[tuple[str, str, str], ...] = ()
    ask: tuple[str, str] | None = None
    suggest: tuple[tuple[str, str, str, str], ...] = ()
    comment: tuple[tuple[str, str, str], ...] = ()
    flag: tuple[tuple[str, str, str], ...] = ()
    say: tuple[tuple[str, str], ...] = ()


def sample_work() -> tuple[SampleWork, ...]:
    """Return it in the order in which it happened."""
    found = YAML(typ="safe").load((SAMPLES / "branches.yaml").read_text(encoding="utf-8"))
    return tuple(SampleWork.model_validate(one) for one in found)
