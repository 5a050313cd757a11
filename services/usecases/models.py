"""Which models take part on which RFC, and who runs them (§6.6, §18.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.domain.errors import Invalid
from services.domain.model_symbols import ModelSign, signs_of
from services.llm.copy_editor import CopyEditor
from services.llm.enabled import EnabledModel
from services.llm.port import COPY_EDITOR_KEY, Participant
from services.llm.providers import HostedModel, Keys

NO_MODELS_HERE = "This RFC takes no part of models: its owners turned them off."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """One entry of the model picker."""

    key: str
    name: str
    sign: ModelSign


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The models of one RFC, the default first among equals; `why_none` says why there are none."""

    choices: tuple[ModelChoice, ...]
    default: str | None
    why_none: str | None = None

    def choice(self, key: str) -> ModelChoice:
        """The choice with this key; Invalid (field `model`) when it is not on offer."""
        for choice in self.choices:
            if choice.key == key:
                return choice
        raise Invalid(self.why_none or f"The model “{key}” does not take part here.", field="model")


class Models:
    """The participants of this installation: what the operator enabled and has keys for, and the copy-editor.

    `besides` are participants that run in this process.
    """

    def __init__(
        self,
        enabled: Sequence[EnabledModel] = (),
        keys: Keys | None = None,
        *,
        besides: Iterable[Participant] = (),
    ) -> None:
        keys = keys or Keys()
        self.copy_editor = CopyEditor()
        hosted = [HostedModel(model, keys) for model in enabled if keys.can_run(model.provider)]
        self._participants: dict[str, Participant] = {model.key: model for model in (*hosted, *besides)}
        self._participants[COPY_EDITOR_KEY] = self.copy_editor

    @property
    def enabled_keys(self) -> tuple[str, ...]:
        """The keys of the models the operator enabled, in the order of the setting."""
        return tuple(key for key in self._participants if key != COPY_EDITOR_KEY)

    @property
    def enabled(self) -> tuple[ModelChoice, ...]:
        """The models the operator enabled, as pickers show them."""
        signs = signs_of(list(self._participants))
        return tuple(
            ModelChoice(key=key, name=self._participants[key].name, sign=signs[key])
            for key in self.enabled_keys
        )

    def offer(self, models: Sequence[str] | None) -> Offer:
        """What an RFC with this `models` line offers (§6.6): None is no line at all, an empty one is no AI."""
        if models is not None and not models:
            return Offer(choices=(), default=None, why_none=NO_MODELS_HERE)
        hosted = [key for key in self._participants if key != COPY_EDITOR_KEY]
        wanted = hosted if models is None else [key for key in dict.fromkeys(models) if key in hosted]
        keys = [*wanted, COPY_EDITOR_KEY]
        signs = signs_of(list(self._participants))
        choices = tuple(
            ModelChoice(key=key, name=self._participants[key].name, sign=signs[key]) for key in keys
        )
        return Offer(choices=choices, default=keys[0])

    def participant(self, key: str) -> Participant:
        """Whoever answers under this key; KeyError for one that is not on offer."""
        return self._participants[key]

    def close(self) -> None:
        """End what runs beside the app."""
        self.copy_editor.close()
