"""Equal runs are found in order, and in bounded time whatever repeats (§10.3, §19)."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.line_ends import editor_text, file_text, shape_of
from services.domain.merge import merge
from services.domain.prose_diff import matching
from services.domain.prose_diff.matching import equal_runs, stretches
from services.domain.prose_diff.words import compare_words
from services.domain.rendering.tracked import code_lines

ITEMS = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@pytest.fixture
def pairs_looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most pairs of equal items, times stretches, that `SequenceMatcher` is given; it needs as many steps."""
    seen: list[int] = []

    class Counted(difflib.SequenceMatcher):  # type: ignore[type-arg]
        def get_matching_blocks(self) -> list[difflib.Match]:
            blocks = super().get_matching_blocks()
            pairs = sum(len(self.b2j.get(item, ())) for item in self.a)
            seen.append(pairs * len(blocks))
            return blocks

    monkeypatch.setattr(matching, "SequenceMatcher", Counted)
    return seen


@settings(max_examples=300, deadline=None)
@given(ITEMS, ITEMS, st.sampled_from([0, 200, 500_000]), st.sampled_from([0, 250_000]))
def test_runs_are_equal_and_in_order_and_stretches_make_both_sequences(
    old: list[str], new: list[str], most_steps: int, most_cells: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MOST_STEPS", most_steps)
        patch.setattr(matching, "MOST_CELLS", most_cells)
        runs, made = equal_runs(old, new), list(stretches(old, new))

    assert all(
        old[run.old : run.old + run.size] == new[run.new : run.new + run.size] and run.size for run in runs
    )
    assert [at for part in made for at in part.old] == list(range(len(old)))
    assert [at for part in made for at in part.new] == list(range(len(new)))
    for part in made:
        equal = [old[at] for at in part.old] == [new[at] for at in part.new]
        tag = "insert" if not part.old else "delete" if not part.new else "replace"
        assert part.tag == ("equal" if equal else tag)


@settings(max_examples=200, deadline=None)
@given(ITEMS, ITEMS)
def test_cut_at_what_is_unique_nothing_that_repeats_is_lost(old: list[str], new: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MOST_STEPS", 0)
        assert equal_runs(old, old) == ([matching.Run(0, 0, len(old))] if old else [])
        assert sum(run.size for run in equal_runs([*old, "once"], ["once", *new])) >= 1


def paragraphs(count: int, *, changed: str = "", every: int = 3) -> str:
    """Paragraphs with blank lines between them; every so manieth says something else."""
    words = (f"This is paragraph {n}{changed if n % every == 0 else ''}." for n in range(count))
    return "\n\n".join(words) + "\n"


def test_a_long_document_with_mixed_line_ends_is_saved_without_counting_all_blank_lines(
    pairs_looked_at: list[int],
) -> None:
    before = "first\r\n" + paragraphs(1_500)
    edited = editor_text(before).replace(editor_text(paragraphs(1_500)), paragraphs(1_500, changed="!"))

    saved = file_text(edited, shape_of(before))

    assert saved == "first\r\n" + paragraphs(1_500, changed="!")
    assert max(pairs_looked_at, default=0) <= matching.MOST_STEPS


def test_a_long_merge_with_sentences_that_repeat_is_bounded(pairs_looked_at: list[int]) -> None:
    def text(changed: str, every: int) -> str:
        return paragraphs(600, changed=changed, every=every).replace(".\n", ". Yes.\n")

    merged = merge(text("", 2), text(" and mine", 2), text("", 2).replace("paragraph 7.", "paragraph seven."))

    assert merged.text() == text(" and mine", 2).replace("paragraph 7.", "paragraph seven.")
    assert max(pairs_looked_at, default=0) <= matching.MOST_STEPS


def test_a_sentence_of_many_words_is_compared_in_bounded_time(pairs_looked_at: list[int]) -> None:
    old = " ".join(f"word{n}" for n in range(700))
    new = " ".join(f"word{n}" + ("x" if n % 3 == 0 else "") for n in range(700))

    pieces = compare_words(old, new, 0)

    assert "".join(piece.text for piece in pieces) == new
    assert max(pairs_looked_at, default=0) <= matching.MOST_STEPS


def test_code_whose_lines_repeat_is_compared_in_bounded_time(pairs_looked_at: list[int]) -> None:
    old = "".join(f"call({n});\n}}\n" for n in range(1_000))
    new = "".join(f"call({n}{', 1' if n % 3 == 0 else ''});\n}}\n" for n in range(1_000))

    lines = list(code_lines(old, new))

    assert "".join(text for kind, text in lines if kind != "del") == new
    assert "".join(text for kind, text in lines if kind != "ins") == old
    assert max(pairs_looked_at, default=0) <= matching.MOST_STEPS
