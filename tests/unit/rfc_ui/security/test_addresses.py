"""What is counted as one place."""

from __future__ import annotations

import pytest

from rfc_ui.security.addresses import neighbourhood


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_neighbourhood_is_one_place(address: str, place: str) -> None:
    assert neighbourhood(address) == place
