"""What the commits of change cards hold (§8.7): the file with one passage changed, and nothing else touched."""

from __future__ import annotations

from dataclasses import dataclass

from anyio import to_thread

from services.domain.actors import Actor
from services.domain.anchors import place
from services.domain.change import ChangeKind
from services.domain.commit_message import accepted_message, undone_message
from services.domain.errors import Conflict, NotFound, UnreadableText
from services.domain.identifiers import CommitSha
from services.domain.line_ends import editor_text
from services.domain.merge import merge
from services.domain.prose_diff import Span
from services.domain.text_home import body_of
from services.store.queries import users
from services.store.queries.changes import ChangeRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.change_writes import ChangeIntent, Committed
from services.usecases.context import Context
from services.usecases.live_texts.editing import EditedBranch
from services.usecases.live_texts.flush import shown_text
from services.usecases.texts import TextAt, text_at

CHANGED_SINCE = "These sentences have been changed since, so the change can't be taken back by itself."
BY_HAND = "Make the change in the editor."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What is accepted of a card: its proposal, or the person's `own` words; `rest`: what stays proposed."""

    own: str | None = None
    rest: str | None = None

    def of(self, card: ChangeRow) -> str:
        """The words that come into the text."""
        return card.proposed if self.own is None else self.own


async def suggester_of(work: Work, card: ChangeRow, person: Actor) -> UserRow | None:
    """Whose words a card has, if they are another person's than whoever accepts it."""
    if card.kind is not ChangeKind.PERSON or card.asked_by is None or card.asked_by == person.id:
        return None
    return await users.find(work, user_id=card.asked_by)


def accepting(
    branch: EditedBranch,
    person: Actor,
    card: ChangeRow,
    span: Span,
    wording: Wording,
    after: str,
    *,
    suggester: UserRow | None = None,
) -> ChangeIntent:
    """The commit that accepts a card whose passage stands at `span` of the branch's last commit."""
    message = accepted_message(
        slug=card.rfc_slug,
        original=card.original,
        proposed=card.proposed,
        reason=card.reason,
        accepted=wording.of(card),
    )
    head = branch.head
    return ChangeIntent(
        display_name=person.display_name,
        change_id=card.id,
        slug=card.rfc_slug,
        repo=branch.key.repo,
        branch=branch.key.name,
        path=head.home.path,
        blob_sha=head.blob_sha,
        content=branch.file_with(after),
        message=message,
        trailers=_trailers(card),
        anchor=place(shown_text(head), span.start, span.end, head.commit_sha),
        part=wording.of(card),
        rest=wording.rest,
        co_authors=(
            ()
            if suggester is None
            else ((suggester.gitea_login, suggester.display_name or suggester.gitea_login),)
        ),
    )


def undoing(branch: EditedBranch, person: Actor, card: ChangeRow, after: str) -> ChangeIntent:
    """The commit that takes an accepted card back."""
    head = branch.head
    return ChangeIntent(
        display_name=person.display_name,
        change_id=card.id,
        slug=card.rfc_slug,
        repo=branch.key.repo,
        branch=branch.key.name,
        path=head.home.path,
        blob_sha=head.blob_sha,
        content=branch.file_with(after),
        message=undone_message(slug=card.rfc_slug, change_id=card.id, commit_sha=card.commit_sha or ""),
        trailers=_trailers(card),
    )


async def take_over(
    context: Context, branch: EditedBranch, intent: ChangeIntent, text: str, done: Committed, person: Actor
) -> None:
    """Let the live text know of the commit; its text need not be read from Gitea."""
    home = branch.head.home
    body = body_of(home, intent.content)
    context.texts.keep(
        TextAt(
            home=home,
            commit_sha=done.commit_sha,
            blob_sha=done.blob_sha,
            text=body,
            file_text=intent.content,
        )
    )
    await branch.committed(text, done.commit_sha, user_id=person.id)


async def restored(context: Context, branch: EditedBranch, card: ChangeRow) -> str:
    """The branch's text with an accepted card taken back and everything else kept; raises Conflict."""
    present = shown_text(branch.head)
    before = await _text_of(context, branch, card.anchor.commit if card.anchor else None)
    after = await _text_of(context, branch, card.commit_sha)
    if before is not None and after is not None:
        merged = await to_thread.run_sync(merge, after, present, before)
        if not merged.clashes:
            return _different(merged.text(), present)
    accepted = card.proposed if card.edited is None else card.edited
    once = accepted.strip() and present.count(accepted) == 1
    if not once or (after is not None and after.count(accepted) != 1):
        raise Conflict(CHANGED_SINCE, hint=BY_HAND)
    return present.replace(accepted, card.original)


def _different(text: str, present: str) -> str:
    if text == present:
        raise Conflict("Nothing of this change is left in the text.")
    return text


async def _text_of(context: Context, branch: EditedBranch, sha: CommitSha | None) -> str | None:
    """The text at a commit, as editors show it; None where it can't be read any more."""
    if sha is None:
        return None
    try:
        return editor_text((await text_at(context, branch.head.home, sha)).text)
    except (NotFound, UnreadableText):
        return None


def _trailers(card: ChangeRow) -> dict[str, str]:
    trailers = {"Change_Id": str(card.id)}
    if card.message_id is not None:
        trailers["Source_Message_Id"] = str(card.message_id)
    if card.kind is ChangeKind.MODEL and card.model_key:
        trailers["Model"] = card.model_key
    return trailers
