"""The picture of a page that is shown until the real one is there."""

from __future__ import annotations

from html.parser import HTMLParser

from components.first_paint import LIMIT, picture_of


class Balance(HTMLParser):
    """Counts what is opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += 1

    def handle_endtag(self, tag: str) -> None:
        self.open -= 1


def test_what_looks_stays_and_what_names_or_acts_goes() -> None:
    html = '<p class="r-p" id="a" data-testid="b" onclick="c()" style="color:red"><a href="/x" name="n">t</a></p>'

    assert picture_of(html) == '<p class="r-p" style="color:red"><a>t</a></p>'


def test_text_that_looks_like_an_attribute_is_kept() -> None:
    assert picture_of("<p>the name id=1 href=2 &amp; so on</p>") == "<p>the name id=1 href=2 &amp; so on</p>"


def test_text_is_escaped_again() -> None:
    assert picture_of("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )


def test_quotes_in_a_kept_attribute_cannot_end_it() -> None:
    assert (
        picture_of("""<img alt='" onerror="x' src="/a">""") == '<img alt="&quot; onerror=&quot;x" src="/a">'
    )


def test_scripts_and_styles_are_left_out_with_their_content() -> None:
    assert picture_of("<p>a<script>alert(1)</script><style>b{}</style>c</p>") == "<p>ac</p>"


def test_long_html_is_cut_and_what_it_leaves_open_is_closed() -> None:
    html = "<article><table><tbody>" + "<tr><td>cell</td></tr>" * 3000 + "</tbody></table></article>"

    picture = picture_of(html)

    balance = Balance()
    balance.feed(picture)
    assert (balance.open, len(picture) < LIMIT + 100) == (0, True)


def test_a_closing_tag_too_many_closes_nothing_of_the_frame() -> None:
    assert picture_of("<p>a</p></div></div>") == "<p>a</p>"
