"""What counts as this site, and what does not."""

from __future__ import annotations

import pytest

from rfc_ui.security.site_origin import SiteOrigin

SITE = SiteOrigin.of("https://RFC.example.org")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert str(SiteOrigin.of("http://127.0.0.1:8000/some/page?x=1")) == "http://127.0.0.1:8000"


def test_the_schemes_own_port_is_left_out() -> None:
    assert str(SiteOrigin.of("https://rfc.example.org:443")) == "https://rfc.example.org"


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert str(SiteOrigin.of("http://[::1]:8000")) == "http://[::1]:8000"


def test_the_socket_has_the_scheme_that_belongs_to_the_pages() -> None:
    assert (SITE.socket, SiteOrigin.of("http://a:81").socket) == ("wss://rfc.example.org", "ws://a:81")


@pytest.mark.parametrize(
    "address", ["", "rfc.example.org", "ftp://rfc.example.org", "https://", "file:///etc"]
)
def test_an_address_without_an_http_origin_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="has no http origin"):
        SiteOrigin.of(address)


@pytest.mark.parametrize(
    "origin", ["https://rfc.example.org", "https://rfc.example.org:443", "HTTPS://RFC.EXAMPLE.ORG"]
)
def test_this_site_is_recognised_however_it_is_written(origin: str) -> None:
    assert SITE.is_written(origin)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://rfc.example.org",
        "https://rfc.example.org:8443",
        "https://rfc.example.org.evil.test",
        "https://evil.test/https://rfc.example.org",
        "https://rfc.example.org@evil.test",
        "https://sub.rfc.example.org",
        "https://rfc.example.org/path",
        "https://rfc.example.org:port",
        "rfc.example.org",
    ],
)
def test_every_other_origin_is_foreign(origin: str | None) -> None:
    assert not SITE.is_written(origin)
