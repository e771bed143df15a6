from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.sandbox.behaviour import Behaviour, parse_broken, parse_slow

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("v1.4.0@staging", Behaviour("v1.4.0", "staging", broken=True)),
        ("v1.4.0", Behaviour("v1.4.0", broken=True)),
        (f"v1@{DIGEST}@dev", Behaviour(f"v1@{DIGEST}", "dev", broken=True)),
        (f"v1@{DIGEST}", Behaviour(f"v1@{DIGEST}", broken=True)),
    ],
)
def test_broken_releases_are_written_with_their_environment(text: str, behaviour: Behaviour) -> None:
    assert parse_broken(text) == behaviour


def test_slow_releases_say_how_slow() -> None:
    assert parse_slow("v1.5.0@dev=3s") == Behaviour("v1.5.0", "dev", slow=timedelta(seconds=3))


@pytest.mark.parametrize("text", ["v1.5.0@dev", "v1.5.0@dev=soon", "@dev=3s", "v1.5.0@=3s"])
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|is not a duration"):
        parse_slow(text)


def test_a_behaviour_is_one_release_in_one_environment_or_in_all() -> None:
    here, everywhere = Behaviour("v1", "dev"), Behaviour("v1")

    assert [here.applies_to("v1", "dev"), here.applies_to("v1", "staging")] == [True, False]
    assert [everywhere.applies_to("v1", "staging"), everywhere.applies_to("v2", "staging")] == [True, False]
