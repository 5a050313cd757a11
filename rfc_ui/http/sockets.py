"""Websockets whose short messages go out as they are: compressing one costs more than all else about it.

Ten people who type in one text send each other some hundred messages a second, of a hundred characters each. The
protocol lets either side leave messages uncompressed (RFC 7692 §6); long ones are still worth it. This reaches into
parts of uvicorn and websockets, whose releases are locked.
"""

from __future__ import annotations

from collections.abc import Sequence

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.typing import ExtensionParameter

SHORT = 1_000
"""Bytes."""
WINDOW_BITS = 12
SETTINGS = {"memLevel": 5}


class SparingDeflate(PerMessageDeflate):
    """Compresses long messages only."""

    def encode(self, frame: Frame) -> Frame:
        """What is sent instead of this frame."""
        whole = frame.fin and frame.opcode is not Opcode.CONT
        return frame if whole and len(frame.data) < SHORT else super().encode(frame)


class SparingDeflateFactory(ServerPerMessageDeflateFactory):
    """Agrees on compression with a browser as websockets' own does."""

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """The answer to what the browser offers, and the extension for this connection."""
        answer, agreed = super().process_request_params(params, accepted_extensions)
        return answer, SparingDeflate(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            agreed.local_max_window_bits,
            agreed.compress_settings,
        )


class SparingSockets(WebSocketsSansIOProtocol):
    """uvicorn's websockets with this compression."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, object]) -> None:
        super().__init__(config, server_state, app_state)
        self.conn.available_extensions = [
            SparingDeflateFactory(
                server_max_window_bits=WINDOW_BITS,
                client_max_window_bits=WINDOW_BITS,
                compress_settings=SETTINGS,
            )
        ]
