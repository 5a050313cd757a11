"""One running forge: its settings, its data and its workers, handed to whatever serves a request."""

from __future__ import annotations

import threading

import pygit2

from services.forge.database import Database
from services.forge.delivery import DeliveryQueue
from services.forge.faults import Faults
from services.forge.git_store import GitStore
from services.forge.mergeability import CheckQueue
from services.forge.passwords import PasswordMemory
from services.forge.records import Repository
from services.forge.settings import ForgeSettings, GiteaVersion


class Forge:
    """The parts of a running forge."""

    def __init__(self, settings: ForgeSettings) -> None:
        self.settings = settings
        self.faults = Faults(GiteaVersion(settings.version), settings.mergeability_delay)
        settings.data.mkdir(parents=True, exist_ok=True)
        self.database = Database(settings.data / "forge.db")
        self.store = GitStore(settings.data / "repositories")
        self.passwords = PasswordMemory()
        self.deliveries = DeliveryQueue(self.database, self.faults, settings.allowed_hosts)
        self.checks = CheckQueue(self.faults)
        self.key_guard = threading.Lock()

    @property
    def version(self) -> GiteaVersion:
        """The Gitea release it behaves like at the moment."""
        return self.faults.switches.version

    @property
    def url(self) -> str:
        """The root address, without a slash at its end."""
        return self.settings.url

    def api(self, path: str) -> str:
        """The address of an API resource."""
        return f"{self.settings.url}/api/v1{path}"

    def git(self, repository: Repository) -> pygit2.Repository:
        """The repository's Git data, opened for this thread."""
        return pygit2.Repository(str(self.store.path(repository.owner_login, repository.name)))
