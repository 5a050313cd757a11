"""Feeds are XML, whatever people are called and titles say (§17)."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from rfc_ui.http.feeds import _atom
from services.usecases.views.feed import FeedItem, FeedView

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    ("mean", "shown"),
    [
        ("a\ufffeb\uffffc", "abc"),
        ("a\x00b\x0bc\x1f", "abc"),
        ("a\ud800b", "ab"),
        ("</title><x a='\"'>&", "</title><x a='\"'>&"),
        ("\U0001f642 é", "\U0001f642 é"),
    ],
)
def test_no_name_or_title_makes_a_feed_unreadable(mean: str, shown: str) -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    item = FeedItem(id=1, at=at, title=mean, by=mean, path="/rfc/human")

    text = _atom(FeedView(title=mean, items=(item,)), name=mean, site="http://x.test", path="/feed.atom")

    entry = ET.fromstring(text.encode()).find(f"{ATOM}entry")
    assert entry is not None
    assert (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}author/{ATOM}name")) == (shown, shown)


@pytest.mark.parametrize(("path", "page"), [("/feed.atom", ""), ("/rfc/human/feed.atom", "/rfc/human")])
def test_a_feed_leads_to_the_page_it_is_about(path: str, page: str) -> None:
    text = _atom(FeedView(title="Human", items=()), name="RFC UI", site="http://x.test", path=path)

    links = {link.get("rel"): link.get("href") for link in ET.fromstring(text).findall(f"{ATOM}link")}
    assert links == {"self": f"http://x.test{path}", None: f"http://x.test{page}"}
