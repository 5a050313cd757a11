"""The sample documents and what happens to them, read from the package's data."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

SAMPLES = files("services.ops") / "samples"


class _Front(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    slug: str
    proposed_by: str
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    merge: str = ""
    decline: str = ""
    withdraw: str = ""
    comment: str = ""


class _Retirement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: str = ""


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slug: str
    days_ago: float
    decide: _Decision = _Decision()
    retire: _Retirement = _Retirement()
    before: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that somebody says in a discussion."""

    login: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleIdea:
    """An idea of the sample community and its fate; at most one of the three deciders is set.

    `retired_by` withdraws the super-draft that came of it. `days_ago` is when it was proposed.
    """

    slug: str
    days_ago: float
    title: str
    tags: tuple[str, ...]
    body: str
    proposed_by: str
    owners: tuple[str, ...]
    remarks: tuple[Remark, ...]
    later_remarks: tuple[Remark, ...]
    merged_by: str
    declined_by: str
    decline_comment: str
    withdrawn_by: str
    retired_by: str


def sample_ideas() -> tuple[SampleIdea, ...]:
    """Return the story in the order in which it happened."""
    steps = YAML(typ="safe").load((SAMPLES / "story.yaml").read_text(encoding="utf-8"))
    return tuple(_idea(_Step.model_validate(step)) for step in steps)


def _idea(step: _Step) -> SampleIdea:
    front, body = _document(step.slug)
    return SampleIdea(
        slug=front.slug,
        days_ago=step.days_ago,
        title=front.title,
        tags=front.tags,
        body=body,
        proposed_by=front.proposed_by,
        owners=front.owners,
        remarks=tuple(Remark(*remark) for remark in step.before),
        later_remarks=tuple(Remark(*remark) for remark in step.after),
        merged_by=step.decide.merge,
        declined_by=step.decide.decline,
        decline_comment=step.decide.comment,
        withdrawn_by=step.decide.withdraw,
        retired_by=step.retire.by,
    )


def _document(slug: str) -> tuple[_Front, str]:
    text = (SAMPLES / f"{slug}.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    return _Front.model_validate(YAML(typ="safe").load(front)), body
