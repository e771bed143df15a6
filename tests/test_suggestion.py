from __future__ import annotations

from promontory.suggestion import suggest


def test_the_nearest_known_name_is_suggested() -> None:
    assert suggest("devv", ["staging", "dev"]) == ' (did you mean "dev"?)'


def test_where_none_is_near_all_are_named() -> None:
    assert suggest("moon", ["staging", "dev"]) == " (known: staging, dev)"
    assert suggest("moon", []) == ""
