"""Which models take part on which RFC, and who runs them (§6.6, §18.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.domain.errors import Invalid
from services.domain.model_symbols import ModelSign, signs_of
from services.llm.copy_editor import CopyEditor
from services.llm.enabled import EnabledModel, Provider
from services.llm.port import COPY_EDITOR_KEY, Participant
from services.llm.providers import HostedModel, Keys
from services.store.queries import model_record

if TYPE_CHECKING:
    from services.usecases.context import Context

NO_MODELS_HERE = "This RFC takes no part of models: its owners turned them off."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """One entry of the model picker."""

    key: str
    name: str
    sign: ModelSign


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """Whose keys pay for an RFC's models (§6.7).

    Without a `payer` it is the operator; `trouble` says why a funder's keys are not used although they should be.
    """

    payer: str = ""
    keys: Mapping[Provider, str] = field(default_factory=dict, repr=False)
    trouble: str = ""


OPERATOR_PAYS = Funding()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The models of one RFC, the default first among equals; `why_none` says why there are none.

    `payer` is the login of whoever funds them, and `note` what people should know of that.
    """

    choices: tuple[ModelChoice, ...]
    default: str | None
    why_none: str | None = None
    payer: str = ""
    note: str = ""

    def choice(self, key: str) -> ModelChoice:
        """The choice with this key; Invalid (field `model`) when it is not on offer."""
        for choice in self.choices:
            if choice.key == key:
                return choice
        raise Invalid(self.why_none or f"The model “{key}” does not take part here.", field="model")

    @property
    def writer(self) -> ModelChoice | None:
        """The default model, if it is one that writes: the copy-editor corrects."""
        if self.default is None or self.default == COPY_EDITOR_KEY:
            return None
        return self.choice(self.default)


async def remember_models(context: Context) -> None:
    """After a start: models that are no longer enabled keep the sign by which their words are known (§8.5)."""
    async with context.store.read() as work:
        context.models.remember(await model_record.list_keys(work))


Hosted = Callable[[EnabledModel, Keys, str], Participant]


class Models:
    """The participants of this installation: what the operator enabled and has keys for, and the copy-editor.

    What takes part in an RFC, and on whose key, is asked of `services/usecases/rfc_models.py` and nowhere else.
    `besides` are participants that run in this process.
    """

    def __init__(
        self,
        enabled: Sequence[EnabledModel] = (),
        keys: Keys | None = None,
        *,
        besides: Iterable[Participant] = (),
        hosted: Hosted = HostedModel,
    ) -> None:
        self._keys = keys or Keys()
        self._hosted = hosted
        self._every = {model.key: model for model in enabled}
        self.copy_editor = CopyEditor()
        run = [hosted(model, self._keys, "") for model in enabled if self._keys.can_run(model.provider)]
        self._participants: dict[str, Participant] = {model.key: model for model in (*run, *besides)}
        self._participants[COPY_EDITOR_KEY] = self.copy_editor
        self._once: tuple[str, ...] = ()

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Who runs the models that the operator enabled, with or without a key of the operator's."""
        found = {model.provider for model in self._every.values()}
        return tuple(provider for provider in Provider if provider in found)

    @property
    def openai_server(self) -> str | None:
        """Where models of OpenAI's interface run, if not at OpenAI."""
        return self._keys.openai_base_url

    @property
    def enabled_keys(self) -> tuple[str, ...]:
        """The keys of the models the operator enabled, in the order of the setting."""
        mine = [key for key in self._participants if key not in (*self._every, COPY_EDITOR_KEY)]
        return (*self._every, *mine)

    @property
    def enabled(self) -> tuple[ModelChoice, ...]:
        """The models the operator enabled, as pickers show them."""
        return tuple(self._choices(self.enabled_keys))

    def offer(self, models: Sequence[str] | None, funding: Funding = OPERATOR_PAYS) -> Offer:
        """What an RFC with this `models` line offers (§6.6): None is no line at all, an empty one is no AI."""
        if models is not None and not models:
            return Offer(choices=(), default=None, why_none=NO_MODELS_HERE)
        run = [key for key in self.enabled_keys if self._runs(key, funding)]
        wanted = run if models is None else [key for key in dict.fromkeys(models) if key in run]
        keys = [*wanted, COPY_EDITOR_KEY]
        payer = funding.payer if wanted else ""
        note = funding.trouble or (f"{payer} pays for the models here." if payer else "")
        return Offer(choices=tuple(self._choices(keys)), default=keys[0], payer=payer, note=note)

    def participant(self, key: str, funding: Funding = OPERATOR_PAYS) -> Participant:
        """Whoever answers under this key, on the keys of who pays; KeyError for one that is not on offer."""
        if not funding.payer or key == COPY_EDITOR_KEY:
            return self._participants[key]
        model = self._every[key]
        keys = Keys(
            **{model.provider.value: funding.keys[model.provider]}, openai_base_url=self.openai_server
        )
        return self._hosted(model, keys, funding.payer)

    def remember(self, keys: Iterable[str]) -> None:
        """Models whose words stand somewhere, the first to speak first: those not enabled keep a sign too."""
        self._once = tuple(key for key in keys if key not in (*self.enabled_keys, COPY_EDITOR_KEY))

    def signs(self, keys: Iterable[str]) -> dict[str, ModelSign]:
        """How these models are drawn: the same wherever their words stand, whoever else is there (§8.5)."""
        known = (*self.enabled_keys, COPY_EDITOR_KEY, *self._once)
        signs = signs_of(known)
        return {key: signs[key] if key in signs else signs_of([*known, key])[key] for key in keys}

    def close(self) -> None:
        """End what runs beside the app."""
        self.copy_editor.close()

    def _runs(self, key: str, funding: Funding) -> bool:
        if not funding.payer:
            return key in self._participants
        return key in self._every and self._every[key].provider in funding.keys

    def _choices(self, keys: Iterable[str]) -> Iterator[ModelChoice]:
        wanted = tuple(keys)
        signs = self.signs(wanted)
        for key in wanted:
            name = self._participants[key].name if key in self._participants else self._every[key].name
            yield ModelChoice(key=key, name=name, sign=signs[key])
