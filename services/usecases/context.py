"""What every use-case works with: the open store, Gitea, the bus, the refresher and the limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from services.domain.hygiene import Terms
from services.domain.identifiers import OperationId, Repository
from services.live.answers import Answers
from services.live.streams import Streams
from services.llm.strongbox import Strongbox
from services.usecases.catalog_cache import CatalogCache
from services.usecases.commits import CommitCache
from services.usecases.mainline import MainlineCache
from services.usecases.places import Places
from services.usecases.post_office import PostOffice
from services.usecases.questions import AskedLately
from services.usecases.refused_deliveries import RefusedDeliveries
from services.usecases.sagas.runs import SagaRuns
from services.usecases.shared_readings import SharedReadings
from services.usecases.texts import TextCache

if TYPE_CHECKING:
    from services.gitea.bot import Bot
    from services.gitea.client import GiteaClient
    from services.live.bus import Bus
    from services.store.unit_of_work import Store
    from services.usecases.live_texts.registry import LiveTexts
    from services.usecases.models import Models
    from services.usecases.rate_limits import RateLimits
    from services.usecases.refresh import Refresher


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Made once at start (see `assemble.open_context`) and passed to every use-case as its first argument.

    `org` is the organisation's name, `meta` the meta repository as `<org>/<name>`, the addresses are without
    a slash at the end.
    """

    store: Store
    gitea: GiteaClient
    bot: Bot
    bus: Bus
    refresher: Refresher
    limits: RateLimits
    live_texts: LiveTexts
    models: Models
    org: str
    meta: Repository
    owner_login: str
    gitea_url: str
    app_url: str
    webhook_secret: str = field(default="", repr=False)
    """What Gitea signs its deliveries with; hooks that are registered get it."""
    email_delay: timedelta = timedelta(seconds=120)
    """How long a mail waits, so that whoever reads the thing meanwhile gets none (§15.4)."""
    strongbox: Strongbox = field(default_factory=Strongbox, repr=False)
    """What keys of funders are sealed with (§6.7)."""
    post: PostOffice = field(default_factory=PostOffice)
    refused: RefusedDeliveries = field(default_factory=RefusedDeliveries)
    catalog: CatalogCache = field(default_factory=CatalogCache)
    texts: TextCache = field(default_factory=TextCache)
    commits: CommitCache = field(default_factory=CommitCache)
    mainlines: MainlineCache = field(default_factory=MainlineCache)
    places: Places = field(default_factory=Places)
    readings: SharedReadings = field(default_factory=SharedReadings)
    streams: Streams = field(default_factory=Streams)
    answers: Answers = field(default_factory=Answers)
    asked: AskedLately = field(default_factory=AskedLately)
    sagas: SagaRuns = field(default_factory=SagaRuns)
    hygiene: Terms = field(default_factory=Terms)
    in_flight: set[OperationId] = field(default_factory=set)
    """Operations that a request of this process is carrying out now; recovery leaves them alone."""
