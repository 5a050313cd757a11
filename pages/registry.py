"""Every page of the site, registered with NiceGUI."""

from __future__ import annotations

from pages import (
    admin,
    branch,
    catalog,
    funder_settings,
    history,
    inbox,
    landing,
    notification_settings,
    philosophy,
    proposal,
    pull,
    pulls,
    resolve,
    rfc,
    search,
)
from pages.site import Site

PAGES = (admin, landing, catalog, rfc, branch, history, pull, pulls, proposal, philosophy, search, resolve)


def register_pages(site: Site) -> None:
    """Make all pages; called once, before the first request."""
    site.channel.open(site.context, site.feed)
    site.bells.open(site.context)
    for page in (*PAGES, inbox, notification_settings, funder_settings):
        page.register(site)
