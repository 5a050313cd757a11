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
