"""The real linter in its real worker process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.domain.change_protocol import AnswerParser, Located, ProposedChange, Reach, locate
from services.domain.prose_diff import Span
from services.llm.copy_editor import CopyEditor
from services.llm.port import Question
from tests.support.forge import ROOT

TEXT = "# Notes\n\nThis is an test of the the editor. It `dosnt` read code.\n\nTheir is more of it, and wiggleverse too.\n"


@pytest.fixture(scope="module")
def editor() -> Iterator[CopyEditor]:
    editor = CopyEditor()
    yield editor
    editor.close()


async def changes(
    editor: CopyEditor, text: str, reach: Reach, words: frozenset[str] = frozenset()
) -> list[ProposedChange]:
    question = Question(title="Notes", text=text, reach=reach, request="Check it.", known_words=words)
    parser = AnswerParser()
    fragments = [part async for chunk in editor.answer(question) for part in parser.feed(chunk)]
    return [part for part in [*fragments, *parser.finish()] if isinstance(part, ProposedChange)]


async def test_every_remark_is_a_change_that_fits_the_text(editor: CopyEditor) -> None:
    found = await changes(editor, TEXT, Reach.document(TEXT), frozenset({"wiggleverse"}))
    assert {change.original: change.proposed for change in found}["the the"] == "the"
    assert all(isinstance(locate(change, TEXT, Reach.document(TEXT)), Located) for change in found)
    assert not any("dosnt" in change.original or "wiggleverse" in change.original for change in found)


async def test_only_the_reach_is_read(editor: CopyEditor) -> None:
    start = TEXT.index("Their is")
    reach = Reach(Span(start, len(TEXT)), whole=False)
    assert all("test" not in change.original for change in await changes(editor, TEXT, reach))


async def test_a_clean_text_gets_one_honest_sentence(editor: CopyEditor) -> None:
    text = "This sentence is fine.\n"
    question = Question(title="x", text=text, reach=Reach.document(text), request="Check it.")
    said = [part async for part in editor.answer(question)]
    assert said == ["I have no remarks. I only look at spelling, grammar and clarity, in English.\n"]


async def test_a_word_in_emphasis_is_not_told_to_begin_a_sentence(editor: CopyEditor) -> None:
    text = "Somebody wrote a word. *this* starts here.\n\nSomebody wrote one. this starts there.\n"

    found = await changes(editor, text, Reach.document(text))

    assert ["This" in change.proposed for change in found] == [True]
    assert not any("*" in change.original for change in found)


KILLED_SERVER = """
import asyncio, os, signal
from services.domain.change_protocol import Reach
from services.llm.copy_editor import CopyEditor
from services.llm.port import Question

async def ask():
    question = Question(title="x", text="An text.", reach=Reach.document("An text."), request="Check it.")
    async for _ in CopyEditor().answer(question):
        pass
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(ask())
"""


def test_the_worker_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(KILLED_SERVER)
    # The worker holds the server's standard output: reading it ends when both are gone.
    ended = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
