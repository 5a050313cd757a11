"""What counts as one place when acts are counted by address."""

from __future__ import annotations

import ipaddress

IPV6_NEIGHBOURHOOD = 64
"""One household or machine holds a whole /64, so counting single IPv6 addresses would count nothing."""


def neighbourhood(address: str) -> str:
    """An IPv4 address as it is, an IPv6 address as its /64, anything else unchanged."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, IPV6_NEIGHBOURHOOD), strict=False))
