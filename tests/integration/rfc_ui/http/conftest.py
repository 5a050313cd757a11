"""One app on one forge for the tests of the HTTP side."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.meta_files import write_file
from tests.support.server import RunningServer, running_server

HUMAN = """---
slug: human
title: Human
state: super-draft
proposed_by: writer
proposed_at: 2026-11-01
owners: [writer]
arbiters: []
tags: [core, people]
---

# Human

A human is a *who*, not a what.
"""


@pytest.fixture(scope="package")
def server() -> Iterator[RunningServer]:
    """An app whose meta repository has one super-draft."""
    settings = {"WEBHOOK_EMAIL_BOUNCE_SECRET": "b3Kx9wQz5nRt7vYm2pLc8dFj4hGs6aTe"}
    with running_server(start=False, settings=settings) as running:
        write_file(running, "rfcs/human.md", HUMAN)
        running.start()
        yield running


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    """Somebody without a session."""
    with server.http() as client:
        yield client
