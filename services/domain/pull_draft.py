"""A title and a description for a pull request, drafted from what it changes (§10.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.domain.prose_diff import BlockChange, compare
from services.domain.pull import MAX_DESCRIPTION, MAX_TITLE, one_line_of_text
from services.domain.sections import section_at, sections_of

MOST_REASONS = 20
OPENING = "Opening"
"""What stands above the first heading, or below the title alone."""


@dataclass(frozen=True, slots=True)
class PullWords:
    """A title and a description in markdown."""

    title: str
    description: str


def plain_words(*, title: str, before: str, after: str, reasons: Sequence[str] = ()) -> PullWords:
    """What can be said without a model: which sections change, and why the accepted changes were made."""
    touched = _sections(title, before, after)
    parts = [_listed("Changes:", [f"{name}: {_passages(count)}" for name, count in touched.items()])]
    given = list(dict.fromkeys(one_line_of_text(reason) for reason in reasons if reason.strip()))
    if given:
        parts.append(_listed("Reasons given with the accepted changes:", given[:MOST_REASONS]))
    return PullWords(_subject(title, list(touched)), "\n\n".join(part for part in parts if part))


def words_of_answer(answer: str) -> PullWords | None:
    """What a model wrote: the first line is the title, the rest the description; None if it is of no use."""
    first, _, rest = answer.strip().partition("\n")
    title = one_line_of_text(first.lstrip("# ").removeprefix("Title:").strip(' *`"“”'))
    if not title or len(title) > MAX_TITLE or title.lower().startswith(("wip", "[wip")):
        return None
    return PullWords(title, rest.strip().removeprefix("Description:").strip()[:MAX_DESCRIPTION])


def _sections(title: str, before: str, after: str) -> dict[str, int]:
    """The names of the sections that change, in reading order, with the number of changed passages."""
    older, newer = sections_of(before, title), sections_of(after, title)
    counts: dict[str, int] = {}
    for block in compare(before, after).blocks:
        if not block.is_change:
            continue
        sections, at = (newer, block.after.start) if block.after else (older, _start(block))
        found = section_at(sections, at)
        name = found.heading.text if found is not None else OPENING
        counts[name] = counts.get(name, 0) + 1
    return counts


def _start(block: BlockChange) -> int:
    return block.before.start if block.before else 0


def _subject(title: str, names: Sequence[str]) -> str:
    if list(names) == [OPENING]:
        words = f"Change the opening of {title}"
    elif len(names) == 1 and names[0] != title:
        words = f"Change “{names[0]}” in {title}"
    elif len(names) > 1:
        words = f"Change {len(names)} sections of {title}"
    else:
        words = f"Change {title}"
    return words if len(words) <= MAX_TITLE else words[: MAX_TITLE - 1].rstrip() + "…"


def _passages(count: int) -> str:
    return "one passage" if count == 1 else f"{count} passages"


def _listed(lead: str, lines: Iterable[str]) -> str:
    listed = "\n".join(f"- {line}" for line in lines)
    return f"{lead}\n\n{listed}" if listed else ""
