"""What is remarkable about Applications before anything is promoted: for `promontory validate --live`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.checks.argocd.application import Application, NotAnApplication, one_line, read_application
from promontory.checks.contract import History
from promontory.live_objects import Document
from promontory.options import Remark


def remarks(documents: Sequence[Document], what: str, history: History, *, sync: bool, revision: bool) -> list[Remark]:
    """``what`` was looked for; ``sync`` and ``revision``: whether the check has them."""
    if not documents:
        return [Remark(f"there is no {what}", "correct application: or selector:, and namespace:")]
    return [remark for document in documents for remark in _about(document, history, sync=sync, revision=revision)]


def _about(document: Document, history: History, *, sync: bool, revision: bool) -> Iterator[Remark]:
    try:
        application = read_application(document)
    except NotAnApplication as error:
        yield Remark(str(error))
        return
    title = application.title
    if not revision and not _has_ours(application, history):
        known = ", ".join(one_line(source.repository) for source in application.sources) or "none"
        yield Remark(
            f"no source of the Application {title} is the GitOps repository (it has {known})",
            'say with revision: what it must run, e.g. revision: "{release}"',
        )
    if application.manual and not sync:
        yield Remark(
            f"the sync policy of the Application {title} is manual, so every promotion waits for somebody to sync it",
            "write sync: true, or automate the policy",
        )


def _has_ours(application: Application, history: History) -> bool:
    return any(history.is_ours(source.repository) for source in application.sources)
