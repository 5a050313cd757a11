"""Builds the running application out of settings: storage first, then Gitea, then what runs in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from nicegui import background_tasks
from pydantic import SecretStr

from pages.site import Site
from rfc_ui.settings import Settings
from services.domain.errors import ProductError, StorageUnavailable
from services.domain.hygiene import Terms
from services.domain.identifiers import Repository
from services.gitea.bot import Bot
from services.gitea.client import GiteaClient
from services.jobs.scheduler import Scheduler
from services.llm.providers import Keys
from services.llm.strongbox import Strongbox
from services.llm.strongbox import derived_key as derived_key_of_credentials
from services.mail.letter import Sender
from services.mail.transport import LogTransport, SmtpTransport
from services.mail.unsubscribe import UnsubscribeLinks, derived_key
from services.store.hearing import Hearing
from services.store.locks import among_servers, serving
from services.store.migrate import migrate
from services.store.queries import events
from services.store.unit_of_work import Store
from services.usecases.anchor_following import follow_everywhere
from services.usecases.assemble import close_context, open_context
from services.usecases.context import Context
from services.usecases.give_answer import end_interrupted
from services.usecases.models import Models, remember_models
from services.usecases.post_office import PostOffice
from services.usecases.recover import recover, resume_graduations
from services.usecases.send_mail import release_interrupted
from services.usecases.state_signals import tell_of_missed_states
from services.usecases.supersede import close_superseded

logger = logging.getLogger(__name__)

STARTED = "RFC app started — meta repo %s"
"""A line operators grep for (§17)."""
FINISH_SECONDS = 4.0
"""How long the bot's writes under way may take at the end; what takes longer is recovered at the next start."""

Prepare = Callable[["Application"], Awaitable[None]]
"""Work to be done once the store is open and before the first sweep: the demo's sample data."""


@dataclass(slots=True)
class Application:
    """Everything that runs while the app serves; `build` makes it, `close` ends it."""

    settings: Settings
    context: Context
    site: Site
    scheduler: Scheduler
    hearing: Hearing
    held: ExitStack = field(default_factory=ExitStack, repr=False)
    """The lock that makes `migrate` and `restore` refuse while this runs (§17), and a server's own."""
    is_alone: bool = False
    """Whether no other server ran on the database when this one started: what is under way then is nobody's."""
    start_is_over: bool = False
    _starting: asyncio.Task[None] | None = field(default=None, repr=False)

    def begin(self, prepare: Prepare | None = None) -> None:
        """Start what pages needn't wait for; they are served from the cache meanwhile."""
        self.hearing.start()
        self._starting = background_tasks.create(self._start(prepare), name="start of the app")

    async def _start(self, prepare: Prepare | None) -> None:
        if prepare is not None:
            await prepare(self)
        await remember_models(self.context)
        if self.is_alone:
            await self._take_up_what_was_cut_off()
        await self._first_sweep()
        await follow_everywhere(self.context)
        self.scheduler.start()
        self.start_is_over = True
        logger.info(STARTED, self.settings.meta_repository)
        await self._catch_up()

    async def _take_up_what_was_cut_off(self) -> None:
        await recover(self.context)
        await resume_graduations(self.context)
        await end_interrupted(self.context)
        await release_interrupted(self.context)
        await self.context.live_texts.resume(self.context)

    async def _catch_up(self) -> None:
        """What follows from stored events, and was not done when everything was killed."""
        try:
            await close_superseded(self.context)
            await tell_of_missed_states(self.context)
        except ProductError as error:
            logger.warning("what follows from the last events waits for the next ones: %s", error.message)

    async def _first_sweep(self) -> None:
        """Without Gitea the app starts all the same; the scheduler's sweeps heal it later."""
        try:
            await self.context.refresher.sweep()
        except ProductError as error:
            logger.warning("the first sweep failed, reading goes on from the cache: %s", error.message)

    async def can_read(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.context.store.read() as work:
                await events.last_id(work)
        except StorageUnavailable:
            return False
        return True

    async def close(self) -> None:
        """End in the reverse order of `build`; what is cut off is taken up by recovery at the next start."""
        if self._starting is not None:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        self.scheduler.stop()
        await self.hearing.stop()
        await self._finish_writes()
        await close_context(self.context)
        self.held.close()

    async def _finish_writes(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                while self.context.in_flight:  # noqa: ASYNC110  (asked a few times at the very end)
                    await asyncio.sleep(0.05)


async def build(settings: Settings, *, serves: bool = False) -> Application:
    """Migrate, open and join everything; nothing here waits for Gitea. `serves`: it is a server, not a command.

    Raises SchemaTooNew or StorageUnavailable when the database is not usable, Busy for a second server on SQLite.
    """
    with ExitStack() as held:
        await asyncio.to_thread(held.enter_context, serving(settings.storage_url))
        is_alone = serves and await asyncio.to_thread(held.enter_context, among_servers(settings.storage_url))
        await asyncio.to_thread(migrate, settings.storage_url, backup_dir=settings.backup_dir)
        context = await _context(settings, await Store.open(settings.storage_url))
        return _application(settings, context, held.pop_all(), is_alone=is_alone)


def _application(settings: Settings, context: Context, held: ExitStack, *, is_alone: bool) -> Application:
    return Application(
        is_alone=is_alone,
        settings=settings,
        context=context,
        site=_site(settings, context),
        scheduler=Scheduler(
            context,
            reconcile_seconds=settings.reconcile_seconds,
            hygiene_seconds=settings.hygiene_tick_seconds,
            digest_seconds=settings.digest_tick_seconds,
        ),
        hearing=Hearing(context.store.url, context.bus.wake),
        held=held,
    )


async def _context(settings: Settings, store: Store) -> Context:
    meta = Repository(settings.meta_repository)
    gitea = GiteaClient(settings.gitea_url, settings.gitea_bot_token.get_secret_value())
    bot = Bot(
        gitea,
        org=settings.gitea_org,
        meta=meta,
        gitea_url=settings.gitea_url,
        bot_login=settings.gitea_bot_user,
    )
    return await open_context(
        store=store,
        gitea=gitea,
        bot=bot,
        org=settings.gitea_org,
        meta=meta,
        owner_login=settings.owner_gitea_login,
        gitea_url=settings.gitea_url,
        app_url=settings.app_url,
        webhook_secret=settings.gitea_webhook_secret.get_secret_value(),
        flush_after=timedelta(seconds=settings.manual_flush_seconds),
        models=models_of(settings),
        hygiene=Terms(
            close_after=timedelta(days=settings.hygiene_close_after_days),
            delete_after=timedelta(days=settings.hygiene_delete_after_days),
        ),
        email_delay=timedelta(seconds=settings.email_delay_seconds),
        post=post_office(settings),
        strongbox=strongbox(settings),
    )


def post_office(settings: Settings) -> PostOffice:
    """How mail leaves."""
    address = settings.email_from or "rfc-ui@localhost"
    transport = None if settings.smtp_host is None else SmtpTransport(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=address,
        user=settings.smtp_user,
        password=_secret(settings.smtp_password),
        starttls=settings.smtp_starttls,
    )  # fmt: skip
    key = settings.unsubscribe_key
    secret = (
        derived_key(settings.secret_key.get_secret_value())
        if key is None
        else key.get_secret_value().encode()
    )
    return PostOffice(
        transport=transport or LogTransport(),
        sender=Sender(address=address, name=settings.email_from_name, site_name=settings.site_name),
        links=UnsubscribeLinks(secret),
        bundle_threshold=settings.email_bundle_threshold,
    )


def strongbox(settings: Settings) -> Strongbox:
    """What keys of funders are sealed with (§6.7)."""
    key = settings.credentials_key
    if key is None:
        return Strongbox(derived_key_of_credentials(settings.secret_key.get_secret_value()))
    return Strongbox(key.get_secret_value().encode())


def models_of(settings: Settings) -> Models:
    """What the operator enabled, with the operator's keys."""
    keys = Keys(
        anthropic=_secret(settings.anthropic_api_key),
        google=_secret(settings.google_api_key),
        openai=_secret(settings.openai_api_key),
        openai_base_url=settings.openai_base_url,
    )
    return Models(settings.enabled_models, keys)


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def _site(settings: Settings, context: Context) -> Site:
    return Site(
        context=context,
        name=settings.site_name,
        pitch=settings.site_pitch,
        app_url=settings.app_url,
        philosophy_path=settings.philosophy_file,
    )
