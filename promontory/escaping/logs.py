"""Log lines that hold nothing but text, wherever they are printed, stored or shown."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from promontory.escaping.plain import printable

# Ours, and what Prefect says of runs, whose names and parameters come from whoever starts them. Others are left alone:
# some have formatters that want the arguments of a record.
_LOGGERS = ("promontory", "prefect.flow_runs", "prefect.task_runs")


@cache
def make_logs_readable() -> None:
    """From now on, in this process, whatever handlers there are or will be."""
    make = logging.getLogRecordFactory()

    def make_readable(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        if record.name.startswith(_LOGGERS):
            record.msg, record.args = printable(record.getMessage()), ()
        return record

    logging.setLogRecordFactory(make_readable)
