"""The HTTP side that is not a page: sign-in, webhooks, API, health (SPEC §17)."""
