"""Only trusted proxies are believed about where a request comes from."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from rfc_ui.security.proxies import ForwardedHeaders
from tests.support.asgi import address_seen, client_of

CLAIMED = {"x-forwarded-for": "198.51.100.9", "x-forwarded-proto": "https", "x-forwarded-prefix": "/evil"}


async def seen(peer: str, *, forwarded_for: str = "198.51.100.9") -> str:
    app = ForwardedHeaders(Starlette(routes=[Route("/", address_seen)]), trusted=("10.0.0.0/8", "127.0.0.1"))
    async with client_of(app, base_url="http://rfc.example.org", peer=peer) as client:
        return (await client.get("/", headers={**CLAIMED, "x-forwarded-for": forwarded_for})).text


async def test_a_trusted_proxy_says_who_the_client_is() -> None:
    assert await seen("10.1.2.3") == "https 198.51.100.9 -"


async def test_a_stranger_is_not_believed() -> None:
    assert await seen("203.0.113.5") == "http 203.0.113.5 -"


async def test_what_the_client_itself_put_before_the_proxys_word_does_not_count() -> None:
    assert await seen("10.1.2.3", forwarded_for="1.1.1.1, 198.51.100.9, 10.9.9.9") == "https 198.51.100.9 -"
