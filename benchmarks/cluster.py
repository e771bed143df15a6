"""A Kubernetes API in a process of its own, so that what it costs is not measured along with those who ask it.

It is told what to do by lines of JSON, and answers each with one; what it says of time is on the machine's own clock.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from promontory.sandbox.kubernetes import KubernetesApi


class Cluster:
    """Its `kubeconfig` names it as the context ``name``. ``watchable`` False: nobody may watch."""

    def __init__(self, name: str, directory: Path, *, watchable: bool = True) -> None:
        self.kubeconfig = directory / name
        arguments = [sys.executable, "-m", "benchmarks.cluster", name, str(self.kubeconfig), str(int(watchable))]
        self._process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        self._answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def put(self, *documents: dict[str, Any]) -> float:
        """There are these objects from now on; the moment on the clock `time.monotonic`."""
        moment: float = self._ask({"put": documents})["at"]
        return moment

    def seen(self) -> dict[str, Any]:
        """``watches``: how many are open, by path; ``requests``: how many came in, by verb."""
        return self._ask({})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def _serve(name: str, kubeconfig: str, watchable: str) -> None:
    with KubernetesApi() as api:
        if not int(watchable):
            api.forbid("watch")
        api.kubeconfig(Path(kubeconfig), context=name)
        _say({})
        for line in sys.stdin:
            at = 0.0
            for document in json.loads(line).get("put", ()):
                at = time.monotonic()
                api.put(document)
            verbs = ("get", "list", "watch", "patch")
            _say({"at": at, "watches": api.open_watches(), "requests": {verb: api.count(verb) for verb in verbs}})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
