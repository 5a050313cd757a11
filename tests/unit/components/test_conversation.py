"""A conversation as pieces, what a page is told of it, and why one can't write."""

from __future__ import annotations

from datetime import UTC, datetime

from components.messages import Chat, Piece, blocked_html, pieces_of
from components.notices import Refusal, attempt
from components.operations import operation_from
from services.domain.actors import Actor
from services.domain.errors import GiteaUnreachable, Invalid, ProductError, SlugTaken
from services.domain.identifiers import Login, MessageId, UserId
from services.domain.rendering.links import LinkBase
from services.usecases.views.parts import MessageView, Permit, PersonView

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
TIME = '<time datetime="2026-01-05T10:00:00Z" data-ago>5 Jan 2026</time>'
BEN = Actor(id=UserId(1), login=Login("ben"), display_name="Ben")


def message(body: str, author: PersonView | None, kind: str = "person") -> MessageView:
    return MessageView(id=MessageId(7), kind=kind, author=author, body=body, at=AT, by_viewer=False)


def only(body: str, author: PersonView | None, kind: str = "person") -> Piece:
    (piece,) = pieces_of(Chat(messages=[message(body, author, kind)]), LinkBase())
    return piece


def test_a_message_is_text_by_somebody() -> None:
    piece = only("*Yes* <b>", PersonView(login="ana", name="Ana <R>"))

    assert piece.html.endswith(
        f'<header class="r-msg__head"><b title="@ana">Ana &lt;R&gt;</b>{TIME}</header>'
        '<div class="r-msg__body"><p><em>Yes</em> &lt;b&gt;</p>\n</div></article>'
    )
    assert (piece.key, piece.mine, piece.say) == ("m7", False, "Ana <R> wrote a message.")


def test_a_system_line_is_no_message() -> None:
    assert only("Merged by *Ana*", None, kind="system").html == (
        '<p class="r-sys" data-key="m7" data-message="7"><i class="i i-info" aria-hidden="true"></i>'
        f"<span>Merged by <em>Ana</em></span>{TIME}</p>"
    )


def test_who_may_write_is_told_nothing() -> None:
    assert blocked_html(Permit(allowed=True), BEN, path="/rfc/a") == ""


def test_a_stranger_is_led_to_sign_in_and_back() -> None:
    html = blocked_html(Permit(allowed=False, why_not="No."), None, path="/rfc/a")

    assert html.endswith('<span><a href="/auth/login?next=%2Frfc%2Fa">Sign in</a> to write here.</span>')


def test_who_is_muted_reads_why() -> None:
    html = blocked_html(Permit(allowed=False, why_not="An admin has muted you."), BEN, path="/rfc/a")

    assert html.endswith("<span>An admin has muted you.</span>")


async def refused(error: ProductError) -> Refusal | None:
    async def act() -> None:
        raise error

    return await attempt(act())


async def test_a_refusal_stands_beside_its_field() -> None:
    assert await refused(Invalid("A title is needed.", field="title")) == Refusal(
        "A title is needed.", "title"
    )
    assert await refused(SlugTaken("a", "the RFC “A”")) == Refusal(
        "The slug “a” is already used by the RFC “A”.", "slug"
    )


async def test_a_refusal_without_a_field_says_what_to_do_and_whether_to_try_again() -> None:
    assert await refused(GiteaUnreachable("Gitea does not answer.", hint="Wait.")) == Refusal(
        "Gitea does not answer. Wait.", final=False
    )


async def test_what_is_not_refused_is_the_result() -> None:
    async def act() -> int:
        return 3

    assert await attempt(act()) == 3


def test_only_32_hex_digits_are_an_operation() -> None:
    assert operation_from("0123456789abcdef" * 2) == "0123456789abcdef" * 2
    assert [operation_from(text) for text in ("", "a" * 31, "g" * 32, "A" * 32)] == [None, None, None, None]
