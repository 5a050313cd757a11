"""Reads `ENABLED_MODELS` (§18.2): `claude=anthropic:<model>,gpt=openai:<model>`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.llm.port import COPY_EDITOR_KEY


class Provider(StrEnum):
    """Who runs a model."""

    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    OPENAI = "openai"


@dataclass(frozen=True, slots=True)
class EnabledModel:
    """One model the operator offers: the key people see in lists, who runs it, and its name there."""

    key: str
    provider: Provider
    model: str

    @property
    def name(self) -> str:
        """What people read: the key with a capital, GPT in capitals as its makers write it."""
        return self.key.upper() if self.key in ("gpt", "glm") else self.key.replace("-", " ").capitalize()


_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def read_enabled_models(value: str) -> tuple[EnabledModel, ...]:
    """Read the setting; ValueError with a sentence when an item is malformed or a key comes twice."""
    models = tuple(_read(item.strip()) for item in value.split(",") if item.strip())
    keys = [model.key for model in models]
    if len(set(keys)) != len(keys):
        raise ValueError("ENABLED_MODELS names the same key twice")
    return models


def _read(item: str) -> EnabledModel:
    key, equals, address = item.partition("=")
    provider, colon, model = address.partition(":")
    if not (equals and colon and model.strip()) or not _KEY.fullmatch(key.strip()):
        raise ValueError(f"ENABLED_MODELS has “{item}”, which is not key=provider:model")
    if key.strip() == COPY_EDITOR_KEY:
        raise ValueError("ENABLED_MODELS can't name a model copy-editor: the product has one of that name")
    try:
        return EnabledModel(key.strip(), Provider(provider.strip().lower()), model.strip())
    except ValueError:
        known = ", ".join(Provider)
        raise ValueError(f"ENABLED_MODELS names the provider “{provider}”; known are {known}") from None
