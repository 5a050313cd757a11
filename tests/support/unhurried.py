"""The command line with limits that the same few people of many tests don't reach; signing in keeps its own."""

from __future__ import annotations

from rfc_ui.cli import main
from services.usecases.rate_limits import DEFAULTS, Limited
from tests.support.shaking import shake_if_asked

if __name__ == "__main__":
    DEFAULTS.update({act: "100000 per minute" for act in Limited if act is not Limited.SIGN_IN})
    shake_if_asked()
    main()
