"""The order of the checks: what others depend on comes first, and what can't be told any more is named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import httpx

from services.domain.clock import now
from services.domain.errors import ProductError
from services.ops.doctor.findings import Finding, Verdict, fail, skip
from services.ops.doctor.gitea import (
    check_meta_repository,
    check_oauth,
    check_organisation,
    check_scopes,
    check_token,
    check_version,
)
from services.ops.doctor.machine import check_clock, check_database, check_disk, check_env_file, check_mail
from services.ops.doctor.patient import Patient
from services.ops.doctor.webhook import check_round_trip, check_webhook
from services.store.queries import deliveries
from services.store.unit_of_work import Store

GITEA_SECONDS = 15
GITEA_CHECKS = (
    "gitea", "clock", "oauth", "bot-token", "bot-scopes", "org-rights", "meta-repository", "webhook",
    "webhook-round-trip",
)  # fmt: skip
NEEDED_AFTERWARDS = frozenset({"gitea", "bot-token", "meta-repository", "webhook"})
"""Where one of these fails, nothing can be told about those that come after it."""


def examine(patient: Patient) -> Iterator[Finding]:
    """Yield one finding for each thing to check, as soon as it is known, also for those that could not be checked."""
    yield check_env_file(patient)
    yield check_disk(patient.database_folder)
    database = check_database(patient)
    yield database
    headers = {"Authorization": f"token {patient.bot_token}"}
    with httpx.Client(base_url=patient.gitea_url, headers=headers, timeout=GITEA_SECONDS) as client:
        yield from _examine_gitea(client, patient, database_works=database.verdict is not Verdict.FAIL)
    yield check_mail(patient.mail)


def _examine_gitea(client: httpx.Client, patient: Patient, *, database_works: bool) -> Iterator[Finding]:
    """What depends on something that fails is not asked for; it has a line that says so."""
    left, lacking = list(GITEA_CHECKS), "gitea"
    try:
        for finding in _ask_gitea(client, patient, database_works=database_works):
            left.remove(finding.check)
            yield finding
            if finding.check in NEEDED_AFTERWARDS and finding.verdict is Verdict.FAIL:
                lacking = finding.check
                break
    except httpx.HTTPError as error:
        yield fail("gitea", f"stopped answering: {type(error).__name__}", "look at Gitea's own log")
    yield from (skip(check, needs=lacking) for check in left)


def _ask_gitea(client: httpx.Client, patient: Patient, *, database_works: bool) -> Iterator[Finding]:
    version, server_date = check_version(client)
    yield version
    yield check_clock(server_date, now=now())
    yield check_oauth(client, patient)
    token, site_admin = check_token(client, patient)
    yield token
    yield check_scopes(client, patient, site_admin=site_admin)
    yield check_organisation(client, patient, site_admin=site_admin)
    yield check_meta_repository(client, patient)
    webhook, hook = check_webhook(client, patient)
    yield webhook
    if not database_works:
        yield skip("webhook-round-trip", needs="database")
    elif hook is not None:
        yield check_round_trip(client, patient, hook, deliveries=_counting(patient.storage_url))


def _counting(url: str) -> Callable[[], int]:
    def count() -> int:
        try:
            return asyncio.run(_count(url))
        except ProductError:
            return 0

    return count


async def _count(url: str) -> int:
    store = await Store.open(url)
    try:
        async with store.read() as work:
            return await deliveries.count(work)
    finally:
        await store.close()
