"""HTTP servers for tests that need one of their own, e.g. with TLS."""

from __future__ import annotations

from pytest_httpserver import HTTPServer

_POLL_SECONDS = 0.01


class PromptServer(HTTPServer):
    """Ends when it is told to; the library's own looks twice a second whether it was."""

    def thread_target(self) -> None:
        assert self.server is not None
        self.server.serve_forever(poll_interval=_POLL_SECONDS)
