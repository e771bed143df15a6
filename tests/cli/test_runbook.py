"""`promontory runbook` and its --check."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.sandbox.sample import sample_files
from tests.cli.conftest import Command


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a promontory.yaml, which is no checkout: nothing can be fetched."""
    directory = tmp_path / "here"
    directory.mkdir()
    (directory / "promontory.yaml").write_bytes(sample_files("http://127.0.0.1:9")["promontory.yaml"])
    monkeypatch.chdir(directory)
    return directory


def test_page_goes_to_stdout_or_into_a_file(command: Command, checkout: Path) -> None:
    told = command("runbook")
    written = command("runbook", "--output", "docs/promotion.md")

    assert (told.code, written.code) == (0, 0)
    assert (checkout / "docs" / "promotion.md").read_text(encoding="utf-8") == told.out


def test_check_fails_until_the_page_is_written_anew(command: Command, checkout: Path) -> None:
    assert command("runbook", "--check").code == 1
    command("runbook", "--output", "docs/promotion.md")
    assert command("runbook", "--check").code == 0

    configuration = checkout / "promontory.yaml"
    configuration.write_text(configuration.read_text(encoding="utf-8").replace("staging:", "stage:", 1))
    configuration.write_text(configuration.read_text(encoding="utf-8").replace("after: staging", "after: stage"))
    stale = command("runbook", "--check")

    assert stale.code == 1
    assert "promontory runbook --output docs/promotion.md" in stale.err
    assert "stage" in stale.err


def test_page_that_cannot_be_written_is_told(command: Command, checkout: Path) -> None:
    (checkout / "docs").write_text("a file where a folder should be")

    refused = command("runbook", "--output", "docs/promotion.md")

    assert refused.code == 2
    assert "docs/promotion.md" in refused.err
