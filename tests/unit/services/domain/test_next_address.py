"""After signing in nobody is sent to another site."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.next_address import safe_next

ATTACKS = [
    None,
    "",
    " ",
    "evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/%2f..",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\x00/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\n/catalog",
    " /catalog",
    "/catalog ",
    "/catalog\n",
    "/catalog\r\nSet-Cookie: a=b",
    "/catalog%0d%0aSet-Cookie:a=b",
    "/%0a/evil.example",
    "/%09/evil.example",
    "/%00",
    "/%2f/evil.example",
    "/%2Fevil.example",
    "/%2f%2fevil.example",
    "/%252fevil.example",
    "/%25252fevil.example",
    "/%2525252525252fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/%255cevil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/./catalog",
    "/rfc/../auth/login",
    "/rfc/%2e%2e/auth/login",
    "/%2e%2e//evil.example",
    "/catalog//evil.example",
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "/javascript:alert(1)\u2028",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "mailto:a@evil.example",
    "blob:https://evil.example/x",
    "user@evil.example",
    "?next=//evil.example",
    "#//evil.example",
    ".",
    "..",
    "./catalog",
    "catalog",
    "\u2215\u2215evil.example",
    "/\uff0fevil.example",
    "\uff0f\uff0fevil.example",
    "/catalog\u202e",
    "/\u00a0/evil.example",
    "/\ufeff/evil.example",
    "/\x7f",
    "/\ud800",
    "/auth/login",
    "/auth",
    "/AUTH/login",
    "/%61uth/login",
    "/auth/logout?next=/",
    "/_nicegui/3.18/x.js",
    "/_nicegui_ws/socket.io",
    "/" + "a" * 2_000,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_anything_but_a_local_page_leads_home(attack: str | None) -> None:
    assert safe_next(attack) == "/"


def test_there_are_enough_attacks() -> None:
    assert len(set(ATTACKS)) >= 60


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/catalog",
        "/catalog?state=active&sort=title",
        "/rfc/human",
        "/rfc/human#definition",
        "/rfc/human/branch/feature%2Fx",
        "/rfc/human/branch/feature/x?mode=contribute",
        "/proposal/12",
        "/search?q=a%20b%2Fc",
        "/search?q=https://elsewhere.example//x",
        "/authors",
        "/api/docs",
    ],
)
def test_a_local_page_is_kept(address: str) -> None:
    assert safe_next(address) == address


@given(
    st.one_of(st.text(max_size=60), st.text(alphabet="/\\.%25fFcC:@ht\t\n?#ev", max_size=24).map("/".__add__))
)
def test_whatever_comes_in_the_answer_stays_on_this_host(value: str) -> None:
    address = safe_next(value)
    assert urlsplit(urljoin("https://here.example/auth/callback", address)).netloc == "here.example"
    assert address.startswith("/")
    assert not address.startswith("//")
