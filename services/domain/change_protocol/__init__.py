"""How a model proposes changes inside an answer (§18.3), and what makes a proposal acceptable (§8.6).

A block looks like this, anywhere in the answer::

    <change>
    <original>the passage as it stands</original>
    <proposed>the passage as it should read</proposed>
    <reason>why</reason>
    </change>

Nothing in an answer is ever executed or trusted: text is text.
"""

from services.domain.change_protocol.parser import (
    AnswerParser,
    AnswerText,
    BrokenBlock,
    Fragment,
    ProposedChange,
)
from services.domain.change_protocol.validation import (
    Located,
    Reach,
    Refusal,
    RefusedBecause,
    locate,
    places_of,
    standing_once,
)

__all__ = [
    "AnswerParser",
    "AnswerText",
    "BrokenBlock",
    "Fragment",
    "Located",
    "ProposedChange",
    "Reach",
    "Refusal",
    "RefusedBecause",
    "locate",
    "places_of",
    "standing_once",
]
