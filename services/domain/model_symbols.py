"""The two letters and the colour by which a model is known everywhere (§8.5, design §9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

OTHER = "other"
_FAMILIES = {"copy-editor": "Ed", "claude": "Cl", "gpt": "Gp", "gemini": "Ge"}
_SPARE = (OTHER, "gemini", "gpt", "claude")
"""Colours that a model takes when another one has its family's; the copy-editor's is nobody else's."""


@dataclass(frozen=True, slots=True)
class ModelSign:
    """How a model is drawn: its symbol, and the family whose colour it has (`data-model`), its own as a rule."""

    symbol: str
    family: str


def signs_of(keys: Sequence[str]) -> dict[str, ModelSign]:
    """A sign for each key, unique among them: a taken second letter gives way to the key's next that differs.

    Colours are unique while there are enough of them; then each is shared by as few as can be. A key that comes after
    others changes nothing of theirs, unless it is the first of a family whose colour had been lent.
    """
    signs: dict[str, ModelSign] = {}
    colours = _colours(keys)
    for key in keys:
        taken = {sign.symbol for sign in signs.values()}
        signs[key] = ModelSign(_symbol(key, _FAMILIES.get(_family(key)), taken), colours[key])
    return signs


def _family(key: str) -> str:
    return next((name for name in _FAMILIES if key == name or key.startswith(f"{name}-")), OTHER)


def _colours(keys: Sequence[str]) -> dict[str, str]:
    """The first key of a family has its colour, the others one that is left over."""
    colours: dict[str, str] = {}
    for key in keys:
        if _family(key) not in colours.values():
            colours[key] = _family(key)
    for key in keys:
        if key not in colours:
            worn = Counter(colours.values())
            colours[key] = min(_SPARE, key=lambda colour: worn[colour])
    return colours


def _symbol(key: str, wanted: str | None, taken: set[str]) -> str:
    letters = [letter for letter in key if letter.isalnum()] or ["x"]
    first = letters[0].upper()
    candidates = [wanted] if wanted else []
    candidates += [first + letter for letter in letters[1:]]
    candidates += [first + digit for digit in "0123456789abcdefghijklmnopqrstuvwxyz"]
    return next(candidate for candidate in candidates if candidate not in taken)
