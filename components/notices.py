"""One way to tell a person that an act was refused: the sentence, what to do, and beside which field."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from services.domain.errors import Invalid, ProductError, SlugTaken

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that was refused; `final` when the same request again would be refused again."""

    words: str
    field: str = ""
    final: bool = True


async def attempt(act: Awaitable[Result]) -> Result | Refusal:
    """The result of a use-case, or its refusal, to be shown where the person looks."""
    try:
        return await act
    except ProductError as error:
        return refusal_of(error)


def refusal_of(error: ProductError) -> Refusal:
    """An error as a refusal: beside its field the sentence is enough, elsewhere what to do belongs to it."""
    field = error.field if isinstance(error, Invalid) else "slug" if isinstance(error, SlugTaken) else ""
    words = error.message if field else f"{error.message} {error.hint}"
    return Refusal(words, field=field, final=not error.retryable)
