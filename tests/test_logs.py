"""What a run logs can be read, whoever named it and whatever it came across."""

from __future__ import annotations

import logging
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    ("logger", "message"),
    [
        ("promontory.promotion", "run \ufffd[2J"),
        ("prefect.flow_runs", "run \ufffd[2J"),
        ("uvicorn.access", "run \x1b[2J"),
    ],
)
def test_logs_of_ours_and_of_runs_are_readable_and_others_left_alone(logger: str, message: str) -> None:
    import_module("flows.promote")  # as a run begins

    record = logging.getLogger(logger).makeRecord(logger, logging.INFO, "file", 1, "run %s", ("\x1b[2J",), None)

    assert record.getMessage() == message
