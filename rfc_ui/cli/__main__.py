"""`python -m rfc_ui.cli`, for where the script is not on PATH."""

from rfc_ui.cli import main

main()
