"""The page `/settings/funder` as HTML (§6.7)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from components.people import time_html
from components.settings_form import alert_html, form_html
from services.llm.enabled import Provider
from services.usecases.fund import FundedRfc, FunderView, FundingState, StoredKey

STORE: Final = "key:"
REMOVE: Final = "remove:"
CONSENT: Final = "consent:"
WITHDRAW: Final = "withdraw:"
NAMES: Mapping[Provider, str] = {
    Provider.ANTHROPIC: "Anthropic",
    Provider.GOOGLE: "Google",
    Provider.OPENAI: "OpenAI",
}
_STATES: Mapping[FundingState, str] = {
    FundingState.PAYS: "Your keys pay for its models.",
    FundingState.NO_KEY: "You agreed, but no key of yours can be used: the operator pays.",
    FundingState.ASKED: "It names you as its funder. Nothing is paid before you agree.",
    FundingState.AHEAD: "You agreed, but it does not name you as its funder: nothing is paid.",
}


def funder_html(view: FunderView, *, problem: str = "", refused: str = "") -> str:
    """Both sections; `problem` is why the last change was refused, and stands at the form that was `refused`."""
    said = {key.provider: problem for key in view.keys if refused == f"{STORE}{key.provider}"}
    keys = "".join(_key(key, view.openai_server, said.get(key.provider, "")) for key in view.keys)
    rfcs = "".join(_rfc(rfc) for rfc in view.rfcs)
    return (
        f'<div class="r-page"><div class="r-pagehead"><h1>Funding</h1></div>{"" if said else alert_html(problem)}'
        + _section(
            "keys",
            "Your keys",
            "They are stored encrypted, used for the RFCs that you agreed to fund, and never shown again. "
            "To change one, store another in its place.",
            keys or '<p class="r-muted">No model that needs a key is enabled on this site.</p>',
        )
        + _section(
            "funding",
            "RFCs you fund",
            "An RFC names its funder in its metadata. Your keys are used once you agree here, until you end it, "
            "remove the key, or the RFC names somebody else. It gives you no say in the RFC.",
            rfcs or '<p class="r-muted">No RFC names you as its funder.</p>',
        )
        + "</div>"
    )


def _section(name: str, title: str, words: str, body: str) -> str:
    return (
        f'<section class="r-set" id="{name}" data-testid="settings-{name}"><div><h2>{title}</h2><p>{words}</p></div>'
        f"<div>{body}</div></section>"
    )


def _key(key: StoredKey, openai_server: str | None, problem: str) -> str:
    name = NAMES[key.provider]
    field = f"key-{key.provider}"
    where = ""
    if key.provider is Provider.OPENAI and openai_server is not None:
        where = f'<p class="r-hint">Sent to <code>{escape(openai_server)}</code>, which this site uses.</p>'
    fields = (
        f'<div class="r-field r-grow"><label class="r-fieldlabel" for="{field}">{name}</label>'
        f'<p class="r-hint{" r-hint--bad" if _broken(key) else ""}" id="{field}-is">{_state(key)}</p>{where}'
        f'<input class="r-input" id="{field}" name="key" type="password" autocomplete="off" spellcheck="false" '
        f'required minlength="8" maxlength="400" placeholder="{"Another key" if key.stored_at else "Key"}" '
        f'data-testid="funder-key" aria-describedby="{field}-is"></div>'
        f'<button class="r-btn" data-testid="funder-store" aria-label="Store the key for {name}">Store</button>'
        f"{_remove(key, name)}"
    )
    return form_html(f"{STORE}{key.provider}", fields, problem=problem, testid=f"funder-{key.provider}")


def _broken(key: StoredKey) -> bool:
    return key.stored_at is not None and not key.readable


def _state(key: StoredKey) -> str:
    if key.stored_at is None:
        return "None is stored."
    if not key.readable:
        return "It can't be read any more, because the site's own key was changed. Store it again."
    return f"Stored {time_html(key.stored_at)}."


def _remove(key: StoredKey, name: str) -> str:
    if key.stored_at is None:
        return ""
    return (
        f'<button type="button" class="r-btn r-btn--quiet" data-do="{REMOVE}{key.provider}" '
        f'data-testid="funder-remove" aria-label="Remove the key for {name}">Remove</button>'
    )


def _rfc(rfc: FundedRfc) -> str:
    slug = escape(rfc.slug)
    verb, label = (CONSENT, "Agree") if rfc.state is FundingState.ASKED else (WITHDRAW, "End it")
    look = "r-btn" if rfc.state is FundingState.ASKED else "r-btn r-btn--quiet"
    return (
        f'<div class="r-opt" data-testid="funded-{slug}"><div><a href="/rfc/{slug}">{escape(rfc.title)}</a>'
        f"<p>{_STATES[rfc.state]}</p></div>"
        f'<button type="button" class="{look}" data-do="{verb}{slug}" data-testid="funder-{verb[:-1]}" '
        f'aria-label="{label}: {escape(rfc.title)}">{label}</button></div>'
    )
