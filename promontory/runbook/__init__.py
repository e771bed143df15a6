"""The process as it is configured, written for people: what `promontory runbook` prints.

It is made of promontory.yaml alone: the same file always gives the same page, so that CI can hold it up to date.
"""

from promontory.runbook.page import runbook

__all__ = ["runbook"]
