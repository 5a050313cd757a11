"""Single requests to servers of this machine.

One client for all: making one reads every certificate authority of the system, which takes longer than the request.
"""

from __future__ import annotations

from typing import Any

import httpx

_CLIENT = httpx.Client(
    trust_env=False, verify=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
)


def get(url: str, **options: Any) -> httpx.Response:
    """Ask for `url`; `options` are those of `httpx.get`."""
    return _CLIENT.get(url, **options)


def answers(url: str) -> bool:
    """Whether `url` is answered with success; not where nobody listens yet."""
    try:
        return get(url).is_success
    except httpx.TransportError:
        return False
