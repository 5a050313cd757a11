"""Which models take part on an RFC, and who pays: every place that has to do with AI asks here (§6.6, §6.7)."""

from __future__ import annotations

from services.domain.identifiers import Slug
from services.llm.enabled import Provider
from services.llm.port import Participant
from services.store.queries import funding as stored
from services.store.queries.catalog import RfcRow
from services.store.queries.funding import CredentialRow
from services.store.work import Work
from services.usecases.authority import meant_by
from services.usecases.context import Context
from services.usecases.models import OPERATOR_PAYS, Funding, Offer
from services.usecases.views.entry import find_entry


async def offer_of(work: Work, context: Context, entry: RfcRow) -> Offer:
    """The models of an entry as it stands now."""
    return context.models.offer(entry.models, await funding_of(work, context, entry))


async def participant_of(context: Context, *, slug: Slug, key: str) -> Participant:
    """Who answers under this key, on the keys that pay at this moment; Invalid when it takes no part any more."""
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        funding = await funding_of(work, context, entry)
    context.models.offer(entry.models, funding).choice(key)
    return context.models.participant(key, funding)


def offer_of_none(context: Context) -> Offer:
    """The models where there is no entry yet, as for a proposal: all that the operator enabled and pays for (§9.2)."""
    return context.models.offer(None)


def operators_participant(context: Context, key: str) -> Participant:
    """Who answers under this key where there is no entry yet, on the operator's keys."""
    return context.models.participant(key)


async def funding_of(work: Work, context: Context, entry: RfcRow) -> Funding:
    """Whose keys pay: the funder's, if the front matter names somebody who agreed and has keys that can be read."""
    if entry.funder is None:
        return OPERATOR_PAYS
    person = await meant_by(work, entry, entry.funder)
    if person is None or not await stored.has_consented(work, user_id=person.id, slug=entry.slug):
        return OPERATOR_PAYS
    rows = await stored.list_keys(work, user_id=person.id)
    keys = {Provider(row.provider): key for row in rows if (key := opened(context, row)) is not None}
    usable = {provider: key for provider, key in keys.items() if provider in context.models.providers}
    if usable:
        return Funding(payer=person.gitea_login, keys=usable)
    if rows and not keys:
        return Funding(trouble=f"The key of {person.gitea_login} can't be read any more: the operator pays.")
    return OPERATOR_PAYS


def opened(context: Context, row: CredentialRow) -> str | None:
    """A stored key; None where it can't be read, for example because the installation's own key was changed."""
    if row.provider not in frozenset(Provider):
        return None
    return context.strongbox.open(row.sealed, owner=owner_of(row.user_id, row.provider))


def owner_of(user_id: int, provider: str) -> str:
    """What a sealed key is bound to: a row that is moved to somebody else does not open."""
    return f"{user_id}/{provider}"


__all__ = ["funding_of", "offer_of", "opened", "owner_of", "participant_of"]
