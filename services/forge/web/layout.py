"""The one frame of all pages: self-contained, readable on a phone, light and dark."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from services.forge.records import User

STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1f2328;--soft:#59636e;--line:#d9d6cf;--accent:#2f5d50;
--accent-ink:#fff;--good:#1f6f43;--bad:#a8322a;--mark:#edeae2}
@media (prefers-color-scheme:dark){:root{--paper:#15181b;--card:#1c2024;--ink:#e8e6e1;--soft:#a3abb3;--line:#343a40;
--accent:#7fc1ab;--accent-ink:#10201b;--good:#7ccf9b;--bad:#f0938b;--mark:#262b30}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
header{border-bottom:1px solid var(--line);background:var(--card)}
header>div,main{max-width:62rem;margin:0 auto;padding:.75rem 1rem}
header>div{display:flex;gap:1rem;align-items:center}header strong{flex:1}header form{margin:0}
main{padding-top:1.5rem;padding-bottom:4rem}h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;
overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.4rem 0}.soft{color:var(--soft);font-size:.92rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1.25rem}
.narrow{max-width:25rem;margin:2rem auto}label{display:block;margin:.9rem 0 .25rem;font-weight:600}
input[type=text],input[type=password]{width:100%;
font:inherit;padding:.55rem .7rem;border:1px solid var(--soft);
border-radius:.4rem;background:var(--paper);color:inherit}
button{font:inherit;font-weight:600;padding:.55rem 1.1rem;border-radius:.4rem;border:1px solid var(--accent);
background:var(--accent);color:var(--accent-ink);cursor:pointer;min-height:2.75rem}
button.plain{background:none;color:inherit;border-color:var(--line);font-weight:400;
min-height:2.25rem;padding:.25rem .75rem}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
ul.rows{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
ul.rows li{padding:.6rem 1rem;border-top:1px solid var(--line);display:flex;gap:.25rem 1rem;flex-wrap:wrap;
align-items:baseline}ul.rows li:first-child{border-top:0}ul.rows li>:first-child{flex:1 1 12rem;overflow-wrap:anywhere}
nav{display:flex;gap:1rem;flex-wrap:wrap;margin:.75rem 0 1.25rem;border-bottom:1px solid var(--line)}
nav a{padding:.45rem .1rem;color:var(--soft)}nav a[aria-current]{color:var(--ink);border-bottom:2px solid var(--accent)}
pre{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;overflow:auto;
font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,monospace}ins{color:var(--good);text-decoration:none}
del{color:var(--bad);text-decoration:none}
.tag{font-size:.8rem;padding:.1rem .6rem;border-radius:1rem;background:var(--mark);color:var(--ink);white-space:nowrap}
.open{color:var(--good)}.closed{color:var(--bad)}.error{color:var(--bad);font-weight:600}
"""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none';"
    " base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "max-age=0, private, must-revalidate, no-transform",
}


def page(
    title: str, body: str, *, site: str, user: User | None = None, csrf: str = "", status: int = 200
) -> HTMLResponse:
    """A whole page around a body of HTML; the title is plain text."""
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - {escape(site)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><header><div>"
        f'<strong><a href="/">{escape(site)}</a></strong>{_account(user, csrf)}</div></header>'
        f"<main>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, HEADERS)


def _account(user: User | None, csrf: str) -> str:
    if user is None:
        return '<a href="/user/login">Sign in</a>'
    return (
        f'<span class="soft">{escape(user.full_name or user.login)}</span>'
        '<form method="post" action="/user/logout">'
        f'<input type="hidden" name="_csrf" value="{escape(csrf)}"><button class="plain">Sign out</button></form>'
    )


def rows(items: list[str], empty: str) -> str:
    """A list of rows, or one sentence when there are none."""
    if not items:
        return f'<p class="soft">{escape(empty)}</p>'
    return '<ul class="rows">' + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def message_page(title: str, text: str, *, site: str, status: int) -> HTMLResponse:
    """A page that says one thing."""
    body = f'<div class="card narrow"><h1>{escape(title)}</h1><p>{escape(text)}</p></div>'
    return page(title, body, site=site, status=status)
