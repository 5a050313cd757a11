"""The sentence a page shows while Gitea does not answer: reading goes on, deciding waits."""

from __future__ import annotations

from datetime import datetime

from components.design import icon
from components.people import time_html


def outage_html(as_of: datetime | None) -> str:
    """What is shown, from when, and what does not work meanwhile."""
    when = f"what was known {time_html(as_of, long=True)}" if as_of else "what was known before"
    return (
        f'<div class="r-note r-note--warn r-note--lead" data-testid="outage">{icon("wifi-off")}<div>'
        f"Gitea can’t be read at the moment. You see {when}. Reading and writing messages go on; "
        "proposing and deciding have to wait until it answers again.</div></div>"
    )
