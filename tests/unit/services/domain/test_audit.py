"""Audit kinds are words operators grep for (§5)."""

from __future__ import annotations

import re

from services.domain.audit import ActionKind, PermissionEventKind


def test_every_kind_is_lower_case_words_named_like_its_constant() -> None:
    kinds = [*ActionKind, *PermissionEventKind]
    assert [kind for kind in kinds if not re.fullmatch(r"[a-z]+(_[a-z]+)*", kind)] == []
    assert [kind for kind in kinds if kind.name.lower() != kind.value] == []
