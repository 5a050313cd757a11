"""The whole paths on the demo's own data: through the workspace (§8) and through graduation (§13), and what Git tells."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.test_cards import card, name_of
from tests.e2e.test_graduation import begin, claimed
from tests.e2e.test_prompt import ask
from tests.e2e.test_threads import comment_on, select
from tests.support.browser import People, open_page, ready
from tests.support.demo import Demo
from tests.support.editing import DESK, editor_is_ready, everything_is_sent, let_everybody_edit, put_caret
from tests.support.server import OWNER, READER, REVIEWER, WRITER

SLUG = "promise"
ASKED = "Everybody recieves a promise. Nobody keeps one proberly alone. So it is definately."
TYPED = f"{ASKED}\n\n"
PASSAGE = "Everybody receives a promise. Nobody keeps one rightly alone."
SUGGESTED = "Everyone receives a promise. Nobody keeps one rightly by themselves."
ACCEPTED = "Everybody receives a promise. Nobody keeps one rightly by themselves. So it is definately.\n\n"
CHANGES = [("recieves", "receives"), ("proberly", "rightly"), ("alone.", "by themselves.")]
"""What each accepted card puts in for what."""
TRAILERS = ("On-behalf-of", "Model", "RFC-Op", "Change-Id", "Co-authored-by")
TOLD = "%an|" + "|".join(f"%(trailers:key={key},valueonly,separator=)" for key in TRAILERS)
"""Author and trailers of a commit, in one line."""


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(browser: Browser, demo: Demo) -> AsyncIterator[People]:
    opened = People(browser, demo.url)
    yield opened
    await opened.leave()
    assert opened.troubles.seen == []


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout


def told(clone: Path, branch: str) -> list[list[str]]:
    """Who and why, for each commit; numbers and addresses, which differ every time, as words."""
    lines = git(clone, "log", "--reverse", f"--format={TOLD}", f"main..{branch}").splitlines()
    rows = [line.split("|") for line in lines]
    return [[*row[:3], row[3] and "op", row[4] and "change", row[5].partition(" <")[0]] for row in rows]


def texts_of(clone: Path, branch: str, file: str) -> list[bytes]:
    """The file's bytes on main and after each commit of the branch."""
    commits = ["main", *git(clone, "rev-list", "--reverse", f"main..{branch}").split()]
    shown = [["git", "-C", str(clone), "show", f"{commit}:{file}"] for commit in commits]
    return [subprocess.run(one, check=True, capture_output=True, timeout=30).stdout for one in shown]


async def turn_to(page: Page, mode: str) -> None:
    await page.get_by_test_id("mode-toggle").get_by_text(mode).click()
    await expect(page.get_by_test_id("mode-toggle").get_by_text(mode)).to_have_attribute(
        "aria-pressed", "true"
    )


async def save(page: Page) -> None:
    await everything_is_sent(page)
    await page.get_by_test_id("save-now").click()
    await expect(page.get_by_test_id("save-state")).to_contain_text("Committed")


async def suggest(page: Page, passage: str, wording: str) -> None:
    await select(page, passage)
    await page.get_by_test_id("selection-suggest").click()
    await page.get_by_test_id("compose-text").fill(wording)
    await page.get_by_test_id("compose-send").click()
    await expect(page.get_by_test_id("compose-text")).to_have_count(0)


async def accept_second_sentence(page: Page, suggested: Locator) -> None:
    """Untick the first of two sentences and accept the other."""
    await suggested.get_by_test_id("change-part").click()
    await suggested.get_by_role("checkbox").first.uncheck()
    await suggested.get_by_test_id("change-accept").click()
    await expect(suggested).to_have_attribute("data-state", "accepted")


async def test_two_people_and_the_copy_editor_change_a_text_and_git_tells_who_and_why(
    crowd: People, demo: Demo, tmp_path: Path
) -> None:
    writer = await crowd.person(WRITER, None, viewport=DESK)
    await open_page(writer, f"/rfc/{SLUG}")
    await writer.get_by_test_id("start-contributing").click()
    await writer.wait_for_url("**/branch/**")
    await ready(writer)
    await editor_is_ready(writer)
    await let_everybody_edit(writer)
    path = writer.url.removeprefix(demo.url).split("?")[0]
    branch = path.partition("/branch/")[2]
    reviewer = await crowd.person(REVIEWER, None, viewport=DESK)
    await open_page(reviewer, path)
    await editor_is_ready(reviewer)

    # the writer types; the reviewer sees it
    await put_caret(writer, "Control+Home")
    await writer.keyboard.insert_text(TYPED)
    await expect(reviewer.get_by_test_id("preview")).to_contain_text("Everybody recieves a promise.")
    await save(writer)

    # the copy-editor proposes; both see the cards
    await turn_to(writer, "Discuss")
    await turn_to(reviewer, "Discuss")
    await select(writer, ASKED)
    await writer.get_by_test_id("selection-ask").click()
    await expect(writer.get_by_test_id("prompt-quote")).to_contain_text("recieves")
    await ask(writer, "Check this passage.")
    for page in (writer, reviewer):
        for wrong in ("recieves", "proberly", "definately"):
            await expect(card(page, wrong)).to_be_visible()
        await expect(page.locator(".r-card[data-state=pending]")).to_have_count(3)
    accepted = await name_of(card(writer, "recieves"))
    edited = await name_of(card(writer, "proberly"))

    # one accepts, the other words it anew, a third card is declined with a reason
    await reviewer.get_by_test_id(accepted).get_by_test_id("change-accept").click()
    await expect(writer.get_by_test_id(accepted)).to_have_attribute("data-state", "accepted")
    await writer.get_by_test_id(edited).get_by_test_id("change-edit").click()
    await writer.get_by_test_id(edited).get_by_test_id("change-text").fill("rightly")
    await writer.get_by_test_id(edited).get_by_test_id("change-accept").click()
    await expect(reviewer.get_by_test_id(edited)).to_have_attribute("data-state", "accepted")
    declined = await name_of(card(reviewer, "definately"))
    await reviewer.get_by_test_id(declined).get_by_test_id("change-more").click()
    await reviewer.get_by_test_id(declined).get_by_test_id("change-decline-why").click()
    await reviewer.get_by_test_id(declined).get_by_test_id("change-reason").fill("It is meant so")
    await reviewer.get_by_test_id(declined).get_by_test_id("change-decline").click()
    for page in (writer, reviewer):  # whose text is drawn with it before words of it are selected
        await expect(page.get_by_test_id(declined)).to_contain_text("“It is meant so”")

    # of a suggestion of two sentences one is accepted, and the other declined
    await suggest(reviewer, PASSAGE, SUGGESTED)
    both = card(writer, "Everybody")
    await expect(both).to_be_visible()
    suggested = await name_of(both)
    await accept_second_sentence(writer, writer.get_by_test_id(suggested))
    await expect(reviewer.get_by_test_id(suggested)).to_have_attribute("data-state", "accepted")
    rest = await name_of(card(reviewer, "Everybody"))
    assert rest != suggested
    await reviewer.get_by_test_id(rest).get_by_test_id("change-decline").click()
    for page in (writer, reviewer):
        await expect(page.get_by_test_id(rest)).to_have_attribute("data-state", "declined")

    # a comment on a sentence
    await comment_on(reviewer, "Everybody receives a promise.", "Does everybody?")
    await expect(writer.locator("mark.thread").first).to_be_visible()

    # both type at once
    await turn_to(writer, "Contribute")
    await turn_to(reviewer, "Contribute")
    await editor_is_ready(writer)
    await editor_is_ready(reviewer)
    await put_caret(writer, "Control+Home")
    await put_caret(reviewer, "Control+End")
    for one, other in zip("First. ", "A later", strict=True):
        await writer.keyboard.type(one)
        await reviewer.keyboard.type(other)
    await everything_is_sent(reviewer)
    await expect(writer.get_by_test_id("preview")).to_contain_text("A later")
    await save(writer)

    # what Git tells
    git(tmp_path, "clone", "-q", "--bare", f"{demo.forge_url}/ohm/meta.git", "clone")
    clone = tmp_path / "clone"
    assert told(clone, branch) == [
        ["Site Writer", "Site Writer <writer>", "", "op", "", ""],
        ["Rhea Viewer", "Rhea Viewer <reviewer>", "copy-editor", "op", "change", ""],
        ["Site Writer", "Site Writer <writer>", "copy-editor", "op", "change", ""],
        ["Site Writer", "Site Writer <writer>", "", "op", "change", "Rhea Viewer"],
        ["Site Writer", "Site Writer <writer>", "", "op", "", "Rhea Viewer"],
    ]
    file = f"rfcs/{SLUG}.md"
    assert git(clone, "diff", "--name-only", f"main...{branch}").split() == [file]
    before, typed, *accepted_texts, after = texts_of(clone, branch, file)
    for text, (was, put) in zip(accepted_texts, CHANGES, strict=True):
        assert (typed.count(was.encode()), text) == (1, typed.replace(was.encode(), put.encode()))
        typed = text
    said = git(clone, "log", "--reverse", "--format=%B", f"main..{branch}")
    assert ("recieves" in said, "rightly" in said, "proberly" in said) == (True, True, True)
    _, front, body = before.split(b"---\n", 2)  # an empty line stands between front matter and text
    assert after == b"---\n" + front + f"---\n\nFirst. {ACCEPTED}".encode() + body[1:] + b"A later"


WATCH = """() => {
  const look = () => [...document.querySelectorAll("[data-testid^=graduate-step-]")].map((el) => el.dataset.state);
  window.steps = [];
  const note = () => {
    const now = look().join(" ");
    if (now && now !== window.steps.at(-1)) window.steps.push(now);
  };
  new MutationObserver(note).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
"""Keeps what the steps of a graduation look like, each time that something moves on the page."""
UNOWNED = "attention"


async def stages(page: Page) -> list[list[str]]:
    """What was seen of the steps, one after the other."""
    return [seen.split() for seen in await page.evaluate("window.steps")]


def is_in_order(seen: list[list[str]]) -> bool:
    """Whether no step went back, and none began before the one before it was done."""
    ranks = [[("wait", "run", "done").index(state) for state in states] for states in seen]
    forward = all(one <= other for one, other in pairwise(ranks))
    return forward and all(states == sorted(states, reverse=True) for states in ranks)


async def changed_and_merged(page: Page, slug: str, words: str) -> None:
    """An owner cuts a branch of the RFC, writes at the end of it, proposes it, and merges it."""
    await open_page(page, f"/rfc/{slug}")
    await page.get_by_test_id("start-contributing").click()
    await page.wait_for_url("**/branch/writer-draft-*")
    await ready(page)
    await editor_is_ready(page)
    await put_caret(page, "Control+End")
    await page.keyboard.insert_text(f"\n\n{words}\n")
    await page.get_by_test_id("open-pr").click()
    await expect(page.get_by_test_id("pr-title")).not_to_have_value("")
    await page.get_by_test_id("pr-submit").click()
    await page.wait_for_url(f"**/rfc/{slug}/pr/*")
    await page.get_by_test_id("pr-merge").click()
    await expect(page.get_by_test_id("pr-state")).to_contain_text("Merged")


async def test_a_contributor_claims_an_entry_graduates_it_and_goes_on_in_its_own_repository(
    crowd: People, demo: Demo, tmp_path: Path
) -> None:
    owner, reader, writer = [await crowd.person(one, None, viewport=DESK) for one in (OWNER, READER, WRITER)]
    await open_page(writer, f"/rfc/{UNOWNED}")
    before = demo.get(f"/api/rfcs/{UNOWNED}").json()["body"]
    await claimed(writer, owner, UNOWNED)
    for page in (writer, reader):
        await open_page(page, f"/rfc/{UNOWNED}")
        await page.evaluate(WATCH)

    await begin(writer, WRITER)

    for page in (writer, reader):
        await expect(page.get_by_test_id("rfc-state")).to_have_text("Active")
        await expect(page.get_by_test_id("graduate-step-5")).to_have_attribute("data-state", "done")
        seen = await stages(page)
        assert (is_in_order(seen), seen[-1], len(seen) > 2) == (True, ["done"] * 5, True), seen
    await changed_and_merged(writer, UNOWNED, "Nor whose it is.")

    clone = tmp_path / "clone"
    number = demo.get(f"/api/rfcs/{UNOWNED}").json()["id"]
    git(tmp_path, "clone", "-q", f"{demo.forge_url}/ohm/{number.lower()}-{UNOWNED}.git", str(clone))
    files = git(clone, "ls-files").split()
    assert files == [".rfc/dossier.md", ".rfc/metadata.yaml", "README.md", "RFC.md"]
    assert (clone / "RFC.md").read_text() == f"{before.strip()}\n\nNor whose it is.\n"
