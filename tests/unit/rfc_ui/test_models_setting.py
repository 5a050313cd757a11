"""Which models an installation offers follows from its settings (§18.2)."""

from __future__ import annotations

from pydantic import SecretStr

from rfc_ui.bootstrap import models_of
from rfc_ui.settings import Settings
from services.llm.enabled import read_enabled_models


def offered(**given: object) -> list[str]:
    settings = Settings.model_construct(
        **{"enabled_models": read_enabled_models("claude=anthropic:a,gpt=openai:b,gemini=google:c")} | given  # type: ignore[arg-type]
    )
    return [choice.key for choice in models_of(settings).offer(None).choices]


def test_a_model_is_offered_where_there_is_a_key_for_it() -> None:
    assert offered() == ["copy-editor"]
    assert offered(anthropic_api_key=SecretStr("k")) == ["claude", "copy-editor"]
    assert offered(openai_api_key=SecretStr("k"), google_api_key=SecretStr("k")) == [
        "gpt",
        "gemini",
        "copy-editor",
    ]


def test_a_server_of_ones_own_needs_no_key() -> None:
    assert offered(openai_base_url="http://127.0.0.1:11434/v1") == ["gpt", "copy-editor"]
