"""Compression of websockets: agreed with the browser as usual, used where it is worth it."""

from __future__ import annotations

from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode

from rfc_ui.http.sockets import SHORT, SparingDeflateFactory


def agreed() -> tuple[PerMessageDeflate, PerMessageDeflate]:
    """The two ends of a connection: ours, and a browser's."""
    browser = ClientPerMessageDeflateFactory(client_max_window_bits=True)
    factory: ServerPerMessageDeflateFactory = SparingDeflateFactory(
        server_max_window_bits=12, client_max_window_bits=12
    )
    answer, here = factory.process_request_params(browser.get_request_params(), [])
    return here, browser.process_response_params(answer, [])


def test_short_messages_go_out_as_they_are_and_long_ones_compressed() -> None:
    here, browser = agreed()
    messages = [b"key " * size for size in (1, SHORT, 2, 2 * SHORT, 3)]

    sent = [here.encode(Frame(Opcode.TEXT, message)) for message in messages]

    assert [frame.rsv1 for frame in sent] == [False, True, False, True, False]
    assert [bytes(browser.decode(frame).data) for frame in sent] == messages
    assert len(sent[3].data) < len(messages[3]) / 20


def test_a_message_in_parts_is_compressed_as_a_whole() -> None:
    here, browser = agreed()
    parts = [Frame(Opcode.TEXT, b"one ", fin=False), Frame(Opcode.CONT, b"two")]

    sent = [here.encode(part) for part in parts]

    assert b"".join(bytes(browser.decode(frame).data) for frame in sent) == b"one two"
