"""Every table of §5 that is in use, by noun."""

from services.store.tables.branches import BranchChatSeen, BranchSetting
from services.store.tables.cache import CachedBranch, CachedPr, CachedRfc, SyncState
from services.store.tables.changes import Change, RfcWord
from services.store.tables.columns import StoredTable
from services.store.tables.funding import FunderConsent, UserFunderCredential
from services.store.tables.live import LiveText, LiveUpdate
from services.store.tables.notices import Notification, NotificationDigest, NotificationUserMute, OutboxMail
from services.store.tables.people import Session, User, UserLogin
from services.store.tables.pulls import PrResolutionBranch
from services.store.tables.record import Action, EventRow, PermissionEvent
from services.store.tables.sagas import Saga, SagaClaim, SagaStep
from services.store.tables.search import SearchSection
from services.store.tables.talk import PrSectionSeen, PrSeen, RfcSeen, Thread, ThreadMessage, Watch
from services.store.tables.work import Operation, SchemaFloor, SchemaHistory, SlugReservation, WebhookDelivery

__all__ = [
    "Action",
    "BranchChatSeen",
    "BranchSetting",
    "CachedBranch",
    "CachedPr",
    "CachedRfc",
    "Change",
    "EventRow",
    "FunderConsent",
    "LiveText",
    "LiveUpdate",
    "Notification",
    "NotificationDigest",
    "NotificationUserMute",
    "Operation",
    "OutboxMail",
    "PermissionEvent",
    "PrResolutionBranch",
    "PrSectionSeen",
    "PrSeen",
    "RfcSeen",
    "RfcWord",
    "Saga",
    "SagaClaim",
    "SagaStep",
    "SchemaFloor",
    "SchemaHistory",
    "SearchSection",
    "Session",
    "SlugReservation",
    "StoredTable",
    "SyncState",
    "Thread",
    "ThreadMessage",
    "User",
    "UserFunderCredential",
    "UserLogin",
    "Watch",
    "WebhookDelivery",
]
