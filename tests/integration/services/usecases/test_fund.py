"""A person's own keys pay for an RFC's models (§6.7): agreed, sealed, recorded, and ended in every way there is."""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import services
from services.domain.errors import Invalid, NotFound, NotSignedIn
from services.domain.identifiers import Slug
from services.llm.enabled import EnabledModel, read_enabled_models
from services.llm.port import Participant
from services.llm.providers import Keys
from services.llm.strongbox import Strongbox
from services.store.queries import catalog
from services.usecases import fund
from services.usecases.ask_model import ask
from services.usecases.context import Context
from services.usecases.fund import FundingState
from services.usecases.models import Models, Offer
from services.usecases.rfc_models import offer_of
from services.usecases.rights import operator_removes
from services.usecases.views.talk import talk_view
from tests.support.models import Scripted, answers_over
from tests.support.world import World

HUMAN = Slug("human")
ENABLED = read_enabled_models("claude=anthropic:a,gpt=openai:b,gemini=google:c")
SECRET = "sk-ant-0123456789"


@dataclass
class Till:
    """Makes participants, and notes on whose keys they were made."""

    used: list[tuple[str, str, str | None]] = field(default_factory=list)

    def __call__(self, model: EnabledModel, keys: Keys, payer: str) -> Participant:
        self.used.append((model.key, payer, getattr(keys, model.provider.value)))
        made = Scripted(key=model.key)
        made.says("Yes.")
        return made

    @property
    def last(self) -> tuple[str, str, str | None]:
        """The model, who pays (nobody: the operator) and the key of what was made last."""
        return self.used[-1]


@pytest.fixture
def till(world: World) -> Till:
    """A site where Claude and Gemini run on the operator's keys, GPT on nobody's; and the RFC names its funder."""
    made = Till()
    models = Models(ENABLED, Keys(anthropic="operators", google="operators"), hosted=made)
    world.context = replace(world.context, models=models, strongbox=Strongbox(b"one"))
    return made


async def funded(world: World, **more: object) -> None:
    world.write_entry("human", "Human", "Text.\n", **({"funder": "reader"} | more))
    await world.context.refresher.sweep()


async def agreed(world: World, provider: str = "anthropic") -> None:
    await funded(world)
    await fund.store_key(world.context, actor=world.reader, provider=provider, key=f" {SECRET} ")
    await fund.consent(world.context, actor=world.reader, slug=HUMAN)


async def offer(world: World, context: Context | None = None) -> Offer:
    async with world.store.read() as work:
        entry = await catalog.find(work, slug=HUMAN)
        assert entry is not None
        return await offer_of(work, context or world.context, entry)


def keys_of(found: Offer) -> tuple[list[str], str]:
    return [choice.key for choice in found.choices], found.payer


OPERATORS = (["claude", "gemini", "copy-editor"], "")


async def test_nothing_is_paid_before_the_funder_agrees_and_has_a_key(world: World, till: Till) -> None:
    await funded(world)
    assert keys_of(await offer(world)) == OPERATORS
    await fund.consent(world.context, actor=world.reader, slug=HUMAN)
    assert keys_of(await offer(world)) == OPERATORS
    await fund.store_key(world.context, actor=world.reader, provider="openai", key=SECRET)
    assert keys_of(await offer(world)) == (["gpt", "copy-editor"], "reader")
    await fund.store_key(world.context, actor=world.reader, provider="google", key=SECRET)
    assert keys_of(await offer(world)) == (["gpt", "gemini", "copy-editor"], "reader")


async def test_a_question_is_asked_on_the_funders_key_and_the_next_one_on_the_operators(
    world: World, till: Till
) -> None:
    await agreed(world)
    talk = await talk_view(world.context, viewer=world.writer, slug=HUMAN, branch=None)
    assert (talk.offer.payer, talk.offer.note) == ("reader", "reader pays for the models here.")

    await ask(world.context, actor=world.writer, slug=HUMAN, branch=None, text="Why?", model_key="claude")
    await answers_over(world)
    assert till.last == ("claude", "reader", SECRET)

    till.used.clear()
    await fund.withdraw_consent(world.context, actor=world.reader, slug=HUMAN)
    await ask(world.context, actor=world.writer, slug=HUMAN, branch=None, text="And?", model_key="claude")
    await answers_over(world)
    assert till.used == []  # the operator's own participant, made at the start


async def test_the_rfcs_list_still_counts(world: World, till: Till) -> None:
    await agreed(world)
    await funded(world, models=("gemini", "claude"))
    assert keys_of(await offer(world)) == (["claude", "copy-editor"], "reader")
    await funded(world, models=())
    assert keys_of(await offer(world)) == ([], "")


async def remove_key(world: World) -> None:
    await fund.remove_key(world.context, actor=world.reader, provider="anthropic")


async def withdraw(world: World) -> None:
    await fund.withdraw_consent(world.context, actor=world.reader, slug=HUMAN)


async def unname(world: World) -> None:
    await funded(world, funder=None)


async def name_another(world: World) -> None:
    await funded(world, funder="reviewer")


async def leave(world: World) -> None:
    await operator_removes(world.store, login="reader")


@pytest.mark.parametrize("way", [remove_key, withdraw, unname, name_another, leave])
async def test_every_way_of_ending_it_falls_back_to_the_operator(
    world: World, till: Till, way: Callable[[World], Awaitable[None]]
) -> None:
    await agreed(world)
    assert (await offer(world)).payer == "reader"

    await way(world)

    assert keys_of(await offer(world)) == OPERATORS


async def test_a_key_that_cant_be_read_after_a_key_change_says_so_and_falls_back(
    world: World, till: Till
) -> None:
    await agreed(world)
    rotated = replace(world.context, strongbox=Strongbox(b"another"))

    found = await offer(world, rotated)
    view = await fund.funder_view(rotated, viewer=world.reader)

    assert keys_of(found) == OPERATORS
    assert found.note == "The key of reader can't be read any more: the operator pays."
    assert [(key.provider, key.readable) for key in view.keys if key.stored_at] == [("anthropic", False)]
    assert [(rfc.slug, rfc.state) for rfc in view.rfcs] == [("human", FundingState.NO_KEY)]
    await fund.store_key(rotated, actor=world.reader, provider="anthropic", key=SECRET)
    assert (await offer(world, rotated)).payer == "reader"


async def test_a_key_is_stored_sealed_and_stands_nowhere_else(
    world: World, till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    await agreed(world)

    stored = await world.rows("user_funder_credentials", "user_id, provider, sealed")
    record = await world.rows("actions", "action_kind, details")
    told = await world.rows("events", "kind, ids")

    assert [row[:2] for row in stored] == [(world.reader.id, "anthropic")]
    assert not any(SECRET in text for text in (repr(stored), repr(record), repr(told), caplog.text))
    view = await fund.funder_view(world.context, viewer=world.reader)
    assert SECRET not in repr(view)
    assert {row[0] for row in record} >= {"store_funder_key", "consent_funding"}


async def test_a_sealed_key_that_is_moved_to_somebody_else_does_not_open(world: World, till: Till) -> None:
    await agreed(world)
    await world.run_sql(f"UPDATE user_funder_credentials SET user_id = {world.writer.id}")
    view = await fund.funder_view(world.context, viewer=world.writer)
    assert [key.readable for key in view.keys if key.stored_at] == [False]


async def test_ending_it_is_recorded_once(world: World, till: Till) -> None:
    await agreed(world)
    for _ in range(2):
        await remove_key(world)
        await withdraw(world)
    kinds = [row[0] for row in await world.rows("actions", "action_kind")]
    assert (kinds.count("remove_funder_key"), kinds.count("withdraw_funding")) == (1, 1)


async def test_the_page_says_how_it_stands_with_each_rfc(world: World, till: Till) -> None:
    async def states() -> list[FundingState]:
        view = await fund.funder_view(world.context, viewer=world.reader)
        return [rfc.state for rfc in view.rfcs]

    assert await states() == []
    await funded(world)
    assert await states() == [FundingState.ASKED]
    await fund.consent(world.context, actor=world.reader, slug=HUMAN)
    assert await states() == [FundingState.NO_KEY]
    await fund.store_key(world.context, actor=world.reader, provider="google", key=SECRET)
    assert await states() == [FundingState.PAYS]
    await unname(world)
    assert await states() == [FundingState.AHEAD]
    assert (await fund.funder_view(world.context, viewer=world.writer)).rfcs == ()


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        ("mistral", SECRET),
        ("anthropic", ""),
        ("anthropic", "short"),
        ("anthropic", "with a space"),
        ("anthropic", "x" * 401),
    ],
)
async def test_what_is_no_key_is_not_stored(world: World, till: Till, provider: str, key: str) -> None:
    with pytest.raises(Invalid):
        await fund.store_key(world.context, actor=world.reader, provider=provider, key=key)
    assert await world.rows("user_funder_credentials") == []


async def test_strangers_have_no_keys_and_nobody_agrees_to_what_is_not_there(
    world: World, till: Till
) -> None:
    with pytest.raises(NotSignedIn):
        await fund.store_key(world.context, actor=None, provider="anthropic", key=SECRET)
    with pytest.raises(NotSignedIn):
        await fund.funder_view(world.context, viewer=None)
    with pytest.raises(NotFound):
        await fund.consent(world.context, actor=world.reader, slug=Slug("nowhere"))


def test_every_place_that_has_to_do_with_ai_asks_one_module() -> None:
    root = Path(services.__file__).parents[1]
    asking = set()
    for folder in ("services", "pages", "components", "rfc_ui"):
        for file in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in ("offer", "participant"):
                    base = node.value
                    if isinstance(base, ast.Attribute) and base.attr == "models":
                        asking.add(str(file.relative_to(root)))
    assert asking == {"services/usecases/rfc_models.py"}
