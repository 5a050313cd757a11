"""How often one address may try to sign in."""

from __future__ import annotations

import ipaddress
import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from services.domain.errors import RateLimited

PER_MINUTE = 30
IPV6_NEIGHBOURHOOD = 64
"""One household or machine holds a whole /64, so counting single IPv6 addresses would count nothing."""


class SignInLimit:
    """A moving window per client address, in this process's memory."""

    def __init__(self, rate: RateLimitItem | None = None) -> None:
        self._rate = rate or RateLimitItemPerMinute(PER_MINUTE)
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def check(self, request: Request) -> None:
        """Count one attempt; raises RateLimited with the seconds to wait."""
        address = neighbourhood(request.client.host if request.client else "")
        if self._windows.hit(self._rate, "sign-in", address):
            return
        stats = self._windows.get_window_stats(self._rate, "sign-in", address)
        wait = max(1, math.ceil(stats.reset_time - time.time()))
        raise RateLimited("There were too many sign-ins from your address.", retry_after=wait)


def neighbourhood(address: str) -> str:
    """What is counted as one place: an IPv4 address, or an IPv6 /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, IPV6_NEIGHBOURHOOD), strict=False))
