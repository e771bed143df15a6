"""What a program sees of this process's environment."""

from __future__ import annotations

import pytest

from promontory.model import Place
from promontory.options import Target
from promontory.processes.environment import scrubbed
from promontory.settings import Settings

TARGET = Target(Place("web-app", "staging"), "v1.3.0")
SECRETS = {f"PROMONTORY_{name.upper()}" for name, field in Settings.model_fields.items() if "Secret" in str(field)}


@pytest.mark.parametrize("name", [*sorted(SECRETS), "PROMONTORY_NOTIFY_OPS"])
def test_every_setting_that_is_a_secret_is_kept_from_programs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "hunter2")

    assert name not in scrubbed(TARGET, {})


def test_there_are_secrets_among_the_settings() -> None:
    assert {"PROMONTORY_GIT_PASSWORD", "PROMONTORY_TOKENS"} <= SECRETS


def test_the_commit_is_told_where_it_is_known() -> None:
    assert scrubbed(Target(TARGET.place, "v1.3.0", commit="3f2c1ab"), {})["PROMONTORY_COMMIT"] == "3f2c1ab"
    assert "PROMONTORY_COMMIT" not in scrubbed(TARGET, {})


def test_what_is_set_on_purpose_wins() -> None:
    assert scrubbed(TARGET, {"PROMONTORY_RELEASE": "other"})["PROMONTORY_RELEASE"] == "other"
