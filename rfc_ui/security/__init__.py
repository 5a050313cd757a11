"""What keeps strangers out: origins, sessions, sockets, headers (ARCHITECTURE §3, SPEC §19)."""
