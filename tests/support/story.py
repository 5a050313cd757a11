"""§15.1 as one table: what each of five people hears of an RFC from its proposal to its graduation, and how strongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from services.domain.routing import Category

TABLE: dict[str, dict[str, str]] = {
    "propose_idea": {"owner": "admin *", "moderator": "admin *"},
    "post_message": {"writer": "direct *", "reader": "direct *"},
    "merge_idea": {"writer": "direct *", "reviewer": "structural"},
    "open_claim": {"owner": "admin *", "moderator": "admin *"},
    "merge_claim": {"owner": "structural *", "writer": "structural", "reviewer": "direct *"},
    "graduation_ready": {"owner": "admin *", "moderator": "admin *"},
    "start_contributing": {"moderator": "churn", "reviewer": "churn"},
    "flush_text": {"moderator": "churn", "reviewer": "churn"},
    "open_pull": {"owner": "structural *", "moderator": "structural", "reviewer": "direct *"},
    "merge_pull": {"owner": "structural *", "moderator": "structural", "writer": "direct *"},
    "graduate_complete": {"owner": "structural *", "moderator": "structural", "writer": "structural"},
}
"""What happens, who hears of it and how strongly; a star: it is mailed. The owner follows the RFC and has mail for that
on, the reader is only called by name, nobody hears of what they did themselves, and watching comes of taking part."""

SHORT = {
    Category.PERSONAL_DIRECT: "direct", Category.ADMIN_ACTIONABLE: "admin",
    Category.WATCHED_STRUCTURAL: "structural", Category.WATCHED_CHURN: "churn",
}  # fmt: skip
QUESTION = "Why this one, @reader?"
"""What the reviewer asks of the idea."""


def heard(
    rows: Iterable[tuple[int, str, int, str]], *, mailed: Collection[int], people: Mapping[int, str]
) -> dict[str, dict[str, str]]:
    """Stored rows (key, kind, user, category) as the table has them; `mailed` are the keys that have a mail."""
    table: dict[str, dict[str, str]] = {}
    for key, kind, user, category in rows:
        cell = SHORT[Category(category)] + (" *" if key in mailed else "")
        row = table.setdefault(kind, {})
        row[people[user]] = f"{row[people[user]]}, {cell}" if people[user] in row else cell
    return table


def mails(*kinds: str) -> Counter[str]:
    """How many mails each person gets of these; of the whole story without any."""
    told = [row for kind, row in TABLE.items() if not kinds or kind in kinds]
    return Counter(person for row in told for person, cells in row.items() for _ in range(cells.count("*")))
