"""Models behind Anthropic's, Google's, OpenAI's or any OpenAI-compatible interface, through pydantic-ai."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.llm.enabled import EnabledModel, Provider
from services.llm.port import ModelFailed, Question, Trouble
from services.llm.prompt import compose, instructions

if TYPE_CHECKING:
    from pydantic_ai.models import Model, StreamedResponse

FIRST_WORD_SECONDS = 60
NEXT_WORD_SECONDS = 30
LONGEST_ANSWER = 8_192
"""Tokens an answer may have."""
NOBODY_THERE = (502, 503, 504)
"""What stands before a server answers while the server itself does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys one call may use: the operator's, or the funder's in their place (§6.7)."""

    anthropic: str | None = field(default=None, repr=False)
    google: str | None = field(default=None, repr=False)
    openai: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None

    def can_run(self, provider: Provider) -> bool:
        """Whether there is a key for `provider`; a server of one's own may need none."""
        own_server = provider is Provider.OPENAI and self.openai_base_url is not None
        return own_server or getattr(self, provider.value) is not None


class HostedModel:
    """A `Participant` that runs elsewhere. The library is loaded at the first question, since it is large."""

    def __init__(self, enabled: EnabledModel, keys: Keys, payer: str = "") -> None:
        self.key, self.name = enabled.key, enabled.name
        self._enabled, self._keys, self._payer = enabled, keys, payer
        self._model: Model | None = None

    async def answer(self, question: Question) -> AsyncIterator[str]:
        """Stream the words as they come; ModelFailed says what went wrong, also after some of them came."""
        from pydantic_ai.exceptions import AgentRunError, UserError

        empty = True
        try:
            async with aclosing(self._stream(question)) as words:
                async for word in words:
                    empty = empty and not word.strip()
                    yield word
        except (AgentRunError, UserError) as error:
            trouble = _trouble_of(error, spoke=not empty)
            raise ModelFailed(self.name, trouble, payer=self._payer) from error
        except TimeoutError as error:
            raise ModelFailed(self.name, Trouble.TIMED_OUT) from error
        if empty:
            raise ModelFailed(self.name, Trouble.NO_ANSWER)

    async def _stream(self, question: Question) -> AsyncGenerator[str, None]:
        from pydantic_ai import ModelRequest
        from pydantic_ai.direct import model_request_stream
        from pydantic_ai.messages import UserPromptPart

        request = ModelRequest(parts=[UserPromptPart(compose(question))], instructions=instructions())
        if self._model is None:
            self._model = await asyncio.to_thread(build_model, self._enabled, self._keys)
        settings = {"max_tokens": LONGEST_ANSWER, "timeout": float(FIRST_WORD_SECONDS)}
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(
                FIRST_WORD_SECONDS
            ):  # the library asks a silent server again and again
                asking = model_request_stream(self._model, [request], model_settings=settings)  # type: ignore[arg-type]
                stream = await stack.enter_async_context(asking)
            async for word in _words(stream):
                yield word
            response = stream.get()
            said_why = "finish_reason" in (response.provider_details or {})
            self._judge_the_end(response.finish_reason, said_why=said_why)

    def _judge_the_end(self, reason: str | None, *, said_why: bool) -> None:
        """A stream that ends without the provider's reason has broken off; the library takes it for whole."""
        if reason == "content_filter":
            raise ModelFailed(self.name, Trouble.REFUSED)
        if reason == "length" or not said_why:
            raise ModelFailed(self.name, Trouble.CUT_OFF)


async def _words(stream: StreamedResponse) -> AsyncIterator[str]:
    """The text of each event, with a limit on how long one may take."""
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

    events = aiter(stream)
    seconds = FIRST_WORD_SECONDS
    while True:
        try:
            async with asyncio.timeout(seconds):
                event = await anext(events)
        except StopAsyncIteration:
            return
        seconds = NEXT_WORD_SECONDS
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
            yield event.part.content
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
            yield event.delta.content_delta


def build_model(enabled: EnabledModel, keys: Keys) -> Model:
    """Make the library's model object for `enabled` with these keys."""
    return _BUILDERS[enabled.provider](enabled.model, keys)


def _anthropic(model: str, keys: Keys) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    return AnthropicModel(model, provider=AnthropicProvider(api_key=keys.anthropic or ""))


def _google(model: str, keys: Keys) -> Model:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    return GoogleModel(model, provider=GoogleProvider(api_key=keys.google or ""))


def _openai(model: str, keys: Keys) -> Model:
    from pydantic_ai.models import create_async_httpx2_client
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    from services.llm.openai_stream import BurstingOpenAI

    http = create_async_httpx2_client()
    client = BurstingOpenAI(base_url=keys.openai_base_url, api_key=keys.openai or "none", http_client=http)
    return OpenAIChatModel(model, provider=OpenAIProvider(openai_client=client))


_BUILDERS: dict[Provider, Callable[[str, Keys], Model]] = {
    Provider.ANTHROPIC: _anthropic,
    Provider.GOOGLE: _google,
    Provider.OPENAI: _openai,
}


def _trouble_of(error: Exception, *, spoke: bool) -> Trouble:
    """What went wrong; what ends after the first words was neither unreachable nor answered with an error."""
    trouble = trouble_of(error)
    return Trouble.CUT_OFF if spoke and trouble in (Trouble.UNREACHABLE, Trouble.BROKEN) else trouble


def trouble_of(error: Exception) -> Trouble:
    """Name a library error in the product's words."""
    from pydantic_ai import exceptions as raised

    kinds: tuple[tuple[type[Exception], Trouble], ...] = (
        (raised.ModelTimeoutError, Trouble.TIMED_OUT),
        (raised.ModelRequestTimeout, Trouble.TIMED_OUT),
        (raised.ModelRateLimitError, Trouble.RATE_LIMITED),
        (raised.ModelQuotaExceededError, Trouble.RATE_LIMITED),
        (raised.ModelOverloadedError, Trouble.RATE_LIMITED),
        (raised.ModelAuthenticationError, Trouble.KEY_REJECTED),
        (raised.ModelContextWindowExceededError, Trouble.TOO_LONG),
        (raised.ContentFilterError, Trouble.REFUSED),
        (raised.UnexpectedModelBehavior, Trouble.CUT_OFF),
    )
    named = next((trouble for kind, trouble in kinds if isinstance(error, kind)), None)
    if named is None and isinstance(error, raised.ModelHTTPError) and error.status_code not in NOBODY_THERE:
        return Trouble.BROKEN
    return named or Trouble.UNREACHABLE
