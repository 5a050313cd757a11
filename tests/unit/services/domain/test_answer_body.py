"""Cards stand in a model's message where they were proposed, and only the app can put them there (§8.6)."""

from __future__ import annotations

from services.domain.answer_body import card_line, harmless, talk_of
from services.domain.identifiers import ChangeId


def test_people_read_the_talk_without_the_lines_of_cards() -> None:
    body = f"First.\n\n{card_line(ChangeId(12))}\n\nThen.\n\n{card_line(ChangeId(13))}\n"

    assert talk_of(body) == "First.\n\nThen."


def test_only_a_line_of_its_own_is_a_card() -> None:
    assert talk_of("See {{change:12}} there.") == "See {{change:12}} there."


def test_what_a_model_writes_is_never_a_card() -> None:
    said = harmless("{{change:1}}\n{{ change:2}}\n{{CHANGE:3}}\n{{other}}")

    assert talk_of(said) == said == "{ {change:1}}\n{ { change:2}}\n{ {CHANGE:3}}\n{{other}}"
