"""Putting the parts together: the one place where use-cases get what they work with."""

from __future__ import annotations

from datetime import timedelta

from services.domain.hygiene import Terms
from services.domain.identifiers import Repository
from services.gitea.bot import Bot
from services.gitea.client import GiteaClient
from services.live.bus import EVERY_TOPIC, PASSING_TOPIC, Bus
from services.llm.strongbox import Strongbox
from services.store.unit_of_work import Store
from services.usecases.accounts import follow_moved_avatars
from services.usecases.anchor_following import follow_event
from services.usecases.card_places import follow_typing, review_event
from services.usecases.context import Context
from services.usecases.event_log import StoredEventLog
from services.usecases.live_texts.following import follow_gitea
from services.usecases.live_texts.registry import LiveTexts
from services.usecases.models import Models
from services.usecases.post_office import PostOffice
from services.usecases.rate_limits import RateLimits
from services.usecases.refresh import Refresher
from services.usecases.state_signals import state_event
from services.usecases.supersede import supersede_event


async def open_context(
    *,
    store: Store,
    gitea: GiteaClient,
    bot: Bot,
    org: str,
    meta: Repository,
    owner_login: str,
    gitea_url: str,
    app_url: str,
    webhook_secret: str = "",
    limits: RateLimits | None = None,
    flush_after: timedelta = timedelta(minutes=5),
    models: Models | None = None,
    hygiene: Terms | None = None,
    email_delay: timedelta = timedelta(seconds=120),
    post: PostOffice | None = None,
    strongbox: Strongbox | None = None,
) -> Context:
    """The context of an open store and a Gitea: from now on the bus follows the events, and hints count."""
    await follow_moved_avatars(store, gitea_url=gitea_url.rstrip("/"))
    bus = Bus(StoredEventLog(store))
    store.on_commit(bus.wake)
    await bus.start()
    context = Context(
        store=store,
        gitea=gitea,
        bot=bot,
        bus=bus,
        refresher=Refresher(store=store, gitea=gitea, org=org, meta=meta),
        limits=limits or RateLimits(),
        live_texts=LiveTexts(flush_after=flush_after),
        models=models or Models(),
        hygiene=hygiene or Terms(),
        email_delay=email_delay,
        post=post or PostOffice(),
        strongbox=strongbox or Strongbox(),
        org=org,
        meta=meta,
        owner_login=owner_login,
        gitea_url=gitea_url.rstrip("/"),
        app_url=app_url.rstrip("/"),
        webhook_secret=webhook_secret,
    )
    bus.subscribe([EVERY_TOPIC], lambda told: follow_event(context, told.event))
    bus.subscribe([EVERY_TOPIC], lambda told: review_event(context, told.event))
    bus.subscribe([PASSING_TOPIC], lambda told: follow_typing(context, told.event))
    bus.subscribe([EVERY_TOPIC], lambda told: follow_gitea(context, told.event))
    bus.subscribe([EVERY_TOPIC], lambda told: supersede_event(context, told.event))
    bus.subscribe([EVERY_TOPIC], lambda told: state_event(context, told.event))
    return context


async def close_context(context: Context) -> None:
    """Finish what is under way, then close the client and the store."""
    await context.sagas.close()
    await context.answers.close()
    context.models.close()
    await context.live_texts.stop()
    await context.refresher.stop()
    await context.bus.stop()
    await context.gitea.aclose()
    await context.store.close()
