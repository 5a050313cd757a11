"""Small pictures made on the spot: the site's icon and people's avatars."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
SIDE = 5


def avatar_svg(mark: str) -> str:
    """A symmetric pattern from a hexadecimal mark: the same person always looks the same."""
    bits = [int(char, 16) % 2 for char in mark[: SIDE * 3]]
    hue = int(mark[-4:], 16) % 360
    squares = "".join(
        f'<rect x="{column}" y="{row}" width="1.02" height="1.02"/>'
        for row in range(SIDE)
        for column in range(SIDE)
        if bits[row * 3 + min(column, SIDE - 1 - column)]
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7" role="img">'
        f'<rect x="-1" y="-1" width="7" height="7" fill="hsl({hue} 30% 90%)"/>'
        f'<g fill="hsl({hue} 45% 38%)">{squares}</g></svg>'
    )


async def _avatar(request: Request) -> Response:
    mark = request.path_params["mark"].lower()
    if len(mark) < SIDE * 3 or not set(mark) <= set("0123456789abcdef"):
        return Response(status_code=404)
    return Response(avatar_svg(mark), headers=HEADERS, media_type="image/svg+xml")


async def _icon(_: Request) -> Response:
    return Response(avatar_svg("f" * SIDE * 3 + "00a5"), headers=HEADERS, media_type="image/svg+xml")


def picture_routes() -> list[Route]:
    """The routes of pictures."""
    return [Route("/avatars/{mark}", _avatar), Route("/favicon.ico", _icon)]
