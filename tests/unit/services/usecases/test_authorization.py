"""Every use-case has its rule (§6.4), and the page about security says which, and who passes it."""

from __future__ import annotations

from tests.support.authorization import BETWEEN, ENFORCED, OWN, PAGE, rules_asked, table, use_cases


def test_every_use_case_in_which_somebody_acts_has_a_row() -> None:
    assert sorted(use_cases()) == sorted(ENFORCED)


def test_every_use_case_asks_the_rules_of_its_row() -> None:
    asked = {name: rules_asked(function) or (OWN,) for name, function in use_cases().items()}
    assert asked == {name: tuple(sorted(rules)) for name, rules in ENFORCED.items()}


def test_the_page_about_security_shows_who_may_what() -> None:
    found = BETWEEN.search(PAGE.read_text())
    assert found is not None
    assert found[0] == f"{found[1]}{table()}{found[2]}", "run python -m tests.support.authorization"
