"""Several people type into one text: what is acknowledged is stored, and everybody sees the same (§8.9)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.domain.branch import BranchKey
from services.domain.errors import StorageUnavailable
from services.domain.identifiers import CommitSha, Repository, UserId
from services.domain.prose_diff import Span
from services.domain.shared_text import ChangeSet
from services.store.unit_of_work import Store
from services.usecases.live_texts import live_text
from services.usecases.live_texts.live_text import LiveText, StoredUpdate
from services.usecases.live_texts.requests import answer
from services.usecases.live_texts.sessions import EditingSession, Reply
from services.usecases.live_texts.storage import begin, load, resume
from tests.support.people import person

KEY = BranchKey(Repository("ohm/meta"), "edit-human-abc123")
BASE = CommitSha("a" * 40)


async def opened(store: Store, text: str = "One two.\n") -> LiveText:
    return await begin(store, KEY, base_sha=BASE, base_text=text)


async def reopened(store: Store, base_text: str) -> LiveText:
    stored = await load(store, KEY)
    assert stored is not None
    return resume(store, KEY, stored, base_text=base_text)


async def window(
    store: Store, text: LiveText, login: str, *, may_edit: bool = True
) -> tuple[EditingSession, list[Reply]]:
    session = text.join(await person(store, login, gitea_id=sum(login.encode())), login, may_edit=may_edit)
    heard: list[Reply] = []
    session.send = heard.append
    return session, heard


def typing(text: LiveText, at: int, words: str, *, end: int | None = None) -> dict[str, object]:
    change = ChangeSet.replace(len(text.shared), at, at if end is None else end, words)
    return {"type": "push", "version": text.shared.version, "updates": [change.to_json()], "cursor": [at, at]}


async def test_what_is_acknowledged_is_stored_and_told_to_the_others(store: Store) -> None:
    text = await opened(store)
    writer, _ = await window(store, text, "writer")
    _, heard = await window(store, text, "reviewer")
    reply = await answer(text, writer, typing(text, 3, " more"))
    assert reply == {"version": 1}
    assert [message["type"] for message in heard] == ["updates"]
    again = await reopened(store, "One two.\n")
    assert (again.text, again.shared.version, again.dirty) == ("One more two.\n", 1, True)
    assert dict(again.state.authors) == {writer.user_id: 5}


async def test_a_text_in_which_nothing_waits_leaves_no_task_behind(store: Store) -> None:
    text = await opened(store)
    writer, _ = await window(store, text, "writer")

    await answer(text, writer, typing(text, 3, " more"))

    assert [task for task in asyncio.all_tasks() if task.get_name() == "storing of a live text"] == []


async def test_many_windows_typing_at_once_end_with_one_text(store: Store) -> None:
    text = await opened(store, "start\n")
    windows = [(await window(store, text, f"person{number}"))[0] for number in range(5)]
    pushes = [answer(text, one, typing(text, 0, f"<{number}>")) for number, one in enumerate(windows)]
    replies = await asyncio.gather(*pushes)
    assert sorted(reply["version"] for reply in replies if isinstance(reply["version"], int)) == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert (await reopened(store, "start\n")).text == text.text
    assert all(f"<{number}>" in text.text for number in range(5))


class _Notebook:
    """Keeps nothing, and remembers from whom it was asked to, each time."""

    def __init__(self) -> None:
        self.asked: list[list[UserId | None]] = []

    async def keep(self, text: LiveText, updates: Sequence[StoredUpdate]) -> None:
        self.asked.append([update.user_id for update in updates])


async def test_what_several_type_at_once_is_stored_and_told_together(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = await opened(sqlite_store)
    text.keeper = notebook = _Notebook()
    (one, heard), (two, _), (three, _) = [
        await window(sqlite_store, text, name) for name in ("one", "two", "three")
    ]
    loop = asyncio.get_running_loop()
    moment = loop.time()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(loop, "time", lambda: moment)  # on a busy machine the wait would be over too early
        await answer(text, one, typing(text, 0, "1"))
        second = asyncio.create_task(answer(text, two, typing(text, 9, "22")))
        await _some_turns()
        third = asyncio.create_task(answer(text, three, typing(text, 0, "3")))
        await _some_turns()

    assert (await second, await third) == ({"version": 2}, {"version": 3})
    assert notebook.asked == [[one.user_id], [two.user_id, three.user_id]]
    assert heard[-1]["from"] == 1
    assert heard[-1]["cursors"] == [
        {"id": two.client_id, "cursor": [10, 10]},
        {"id": three.client_id, "cursor": [0, 0]},
    ]


async def _some_turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_whoever_types_alone_waits_for_nobody(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_text, "GATHER_SECONDS", 60.0)
    text = await opened(sqlite_store)
    writer, _ = await window(sqlite_store, text, "writer")
    async with asyncio.timeout(30):
        replies = [await answer(text, writer, typing(text, 0, "x")) for _ in range(5)]

    assert [reply["version"] for reply in replies] == [1, 2, 3, 4, 5]


async def test_an_edit_of_the_servers_is_an_update_like_any_other(store: Store) -> None:
    text = await opened(store)
    writer, heard = await window(store, text, "writer")
    await text.replace(Span(0, 3), "Eins", user_id=writer.user_id)
    assert text.text == "Eins two.\n"
    assert [(message["type"], message["from"]) for message in heard] == [("updates", 0)]


async def test_whoever_may_only_read_changes_nothing(store: Store) -> None:
    text = await opened(store)
    reader, _ = await window(store, text, "reader", may_edit=False)
    assert await answer(text, reader, typing(text, 0, "x")) == {"error": "read only"}
    assert text.text == "One two.\n"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "push"},
        {"type": "push", "version": 0, "updates": [[99]]},
        {"type": "push", "version": "0", "updates": []},
        {"type": "push", "version": 0, "updates": [[[0, "\ud800"], 9]]},
        {"type": "cursor", "version": 0, "cursor": [1]},
        {"type": "pull", "version": 99},
        {"type": "join", "version": {}, "epoch": []},
        {"type": "drop everything"},
    ],
)
async def test_malformed_requests_are_answered_and_harm_nothing(
    sqlite_store: Store, message: dict[str, object]
) -> None:
    text = await opened(sqlite_store)
    writer, _ = await window(sqlite_store, text, "writer")
    reply = await answer(text, writer, message)
    assert "error" in reply or "clientID" in reply
    assert text.text == "One two.\n"


async def test_a_reconnecting_window_gets_what_it_missed(store: Store) -> None:
    text = await opened(store)
    writer, _ = await window(store, text, "writer")
    other, _ = await window(store, text, "reviewer")
    await answer(text, other, typing(text, 0, "Now "))
    reply = await answer(text, writer, {"type": "join", "epoch": text.state.epoch, "version": 0})
    assert "text" not in reply
    assert reply["from"] == 0
    assert isinstance(reply["updates"], list)
    assert len(reply["updates"]) == 1


async def test_whoever_joins_is_told_where_the_others_are_by_now(store: Store) -> None:
    text = await opened(store)
    writer, _ = await window(store, text, "writer")
    other, _ = await window(store, text, "reviewer")
    await answer(text, writer, {"type": "cursor", "version": 0, "cursor": [4, 7]})
    await answer(text, other, typing(text, 0, "Now "))
    await text.replace(Span(0, 3), "", user_id=None)

    late, _ = await window(store, text, "reader")
    reply = await answer(text, late, {"type": "join"})

    assert isinstance(reply["peers"], list)
    cursors = {peer["name"]: peer["cursor"] for peer in reply["peers"] if isinstance(peer, dict)}
    assert cursors == {"writer": [5, 8], "reviewer": [0, 0]}
    assert text.text[5:8] == "two"


async def test_a_window_of_another_epoch_gets_the_text(store: Store) -> None:
    text = await opened(store)
    writer, _ = await window(store, text, "writer")
    reply = await answer(text, writer, {"type": "join", "epoch": "other", "version": 7})
    assert (reply["text"], reply["version"]) == ("One two.\n", 0)


async def test_what_was_typed_survives_many_updates_and_a_restart(sqlite_store: Store) -> None:
    text = await opened(sqlite_store, "")
    writer, _ = await window(sqlite_store, text, "writer")
    for number in range(620):
        await answer(text, writer, typing(text, len(text.shared), f"{number} "))
    again = await reopened(sqlite_store, "")
    assert (again.text, again.shared.version) == (text.text, 620)
    assert len(again.shared.updates_since(400)) == 220


class _FullDisk:
    async def keep(self, text: LiveText, updates: Sequence[StoredUpdate]) -> None:
        raise StorageUnavailable("The disk is full.")


async def test_what_can_not_be_stored_is_not_acknowledged(sqlite_store: Store) -> None:
    text = await opened(sqlite_store)
    writer, heard = await window(sqlite_store, text, "writer")
    text.keeper = _FullDisk()
    assert await answer(text, writer, typing(text, 0, "x")) == {
        "error": "not stored",
        "message": "The disk is full.",
    }
    assert (text.broken, [message["type"] for message in heard]) == (True, ["rejoin"])
    assert (await reopened(sqlite_store, "One two.\n")).text == "One two.\n"


async def test_people_are_present_once_with_the_section_they_are_in(store: Store) -> None:
    text = await opened(store, "# Human\n\nText.\n\n## Scope\n\nMore.\n")
    writer, _ = await window(store, text, "writer")
    second = text.join(writer.user_id, "writer", may_edit=True)
    second.send = lambda message: None
    at = text.text.index("More")
    await answer(text, second, {"type": "cursor", "version": 0, "cursor": [at, at]})
    assert [(one.name, one.section) for one in text.present()] == [("writer", "Scope")]
    assert second.colour == writer.colour


class _Broken:
    async def keep(self, text: LiveText, updates: Sequence[StoredUpdate]) -> None:
        raise LookupError("nobody foresaw this")


async def test_a_failure_nobody_foresaw_is_answered_too(sqlite_store: Store) -> None:
    text = await opened(sqlite_store)
    writer, _ = await window(sqlite_store, text, "writer")
    text.keeper = _Broken()
    async with asyncio.timeout(30):
        reply = await answer(text, writer, typing(text, 0, "x"))
    assert reply == {"error": "not stored", "message": "What was typed can't be stored now."}


async def test_a_text_that_could_not_be_stored_takes_no_more(sqlite_store: Store) -> None:
    text = await opened(sqlite_store)
    writer, _ = await window(sqlite_store, text, "writer")
    kept, text.keeper = text.keeper, _FullDisk()
    await answer(text, writer, typing(text, 0, "x"))
    text.keeper = kept
    reply = await answer(text, writer, typing(text, 0, "y"))
    assert reply["error"] == "not stored"
    assert (await reopened(sqlite_store, "One two.\n")).text == "One two.\n"
