"""A Kubernetes API on a real HTTP server, for the sandbox and for tests: any resource, with the API's own manners.

It keeps objects and runs no controllers: whoever owns it plays those, by `put`, `change` and `delete`, and every one of
them is an event to who watches. It can also fail on purpose. Nothing in it is fit for use outside of this machine.
"""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from promontory.live_objects import Document, Ref, Resource
from promontory.sandbox.kubernetes.access import Access, Rule
from promontory.sandbox.kubernetes.answering import Answering
from promontory.sandbox.kubernetes.faults import Fault
from promontory.sandbox.kubernetes.kinds import collection_of
from promontory.sandbox.kubernetes.kubeconfig import write_kubeconfig
from promontory.sandbox.kubernetes.paths import Target
from promontory.sandbox.kubernetes.requests import Cut, Request
from promontory.sandbox.kubernetes.server import Server
from promontory.sandbox.kubernetes.statuses import Refusal
from promontory.sandbox.kubernetes.store import Json
from promontory.sandbox.kubernetes.watching import Interruption
from promontory.sandbox.kubernetes.writing import grown, newborn

TOKEN = "sandbox-token"  # noqa: S105 - it opens nothing but a sandbox


class KubernetesApi:
    """A context manager; ``port`` 0 takes any free one, ``token`` None lets everybody in.

    Verbs are those of RBAC: get, list, watch, create, update, patch, delete. ``history`` is how many events of each
    resource are kept; who watches from before them is told 410.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, token: str | None = TOKEN, history: int = 10_000
    ) -> None:
        self._stopped = threading.Event()
        self._answering = Answering(Access(token), self._stopped, history)
        self._server = Server((host, port), self._answering)
        self._address = host, int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.stop()

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://{host}:{port}"

    def kubeconfig(self, path: Path, *, context: str = "sandbox", token: str | None = None) -> Path:
        """Write one whose current context is this API; with another ``token`` than the right one if you like."""
        return write_kubeconfig(path, self.url, token=token or self._answering.access.token, context=context)

    # --- its objects ---

    def put(self, document: Document) -> Json:
        """There is this object from now on, exactly as it is here; uid, generation and the like only if left out."""
        collection = collection_of(document["apiVersion"], document["kind"])
        after = copy.deepcopy(dict(document))
        store = self._answering.store
        with store.changed:
            target = Target(collection, after["metadata"].get("namespace", ""), after["metadata"]["name"])
            before = store.get(collection, target.key)
            if before and "generation" not in after["metadata"]:
                after["metadata"]["generation"] = before["metadata"].get("generation", 1)
                after = grown(collection, before, after)
            born = newborn({**after, "metadata": {**_identity(before), **after["metadata"]}})
            return copy.deepcopy(store.put(collection, born))

    def get(self, ref: Ref) -> Json:
        """A copy. Raises `Refusal` where there is none."""
        return copy.deepcopy(self._answering.reading.get(Target.of(ref)))

    def change(self, ref: Ref, change: Callable[[Json], object]) -> Json:
        """Let a function change the object in place, all at once; the generation rises by itself with the spec."""
        target = Target.of(ref)
        store = self._answering.store
        with store.changed:
            before = self._answering.reading.get(target)
            after = copy.deepcopy(before)
            change(after)
            if after["metadata"].get("generation") == before["metadata"].get("generation"):
                after = grown(target.collection, before, after)
            return copy.deepcopy(before if after == before else store.put(target.collection, after))

    def delete(self, ref: Ref) -> None:
        """It is gone, and what it owns; nothing where it is not there."""
        self._answering.writing.remove(Target.of(ref))

    def log(self, pod: Ref, *lines: str, container: str = "", end: bool = False) -> None:
        """The container prints something; ``end`` ends the log, for who follows it. "" is the only container."""
        found = (self._answering.reading.get(Target.of(pod)).get("spec") or {}).get("containers") or [{"name": ""}]
        self._answering.logs.write(pod.namespace, pod.name, container or found[0]["name"], lines, end=end)

    # --- what goes wrong ---

    def fail(
        self,
        verb: str,
        status: int,
        message: str = "no",
        *,
        times: int = 1,
        retry_after: float | None = None,
        resource: Resource | None = None,
    ) -> None:
        """The next calls of a verb ("*": any) are refused, and nothing else happens."""

        def refuse() -> None:
            raise Refusal(status, message, retry_after=retry_after)

        self.before(verb, refuse, times=times, resource=resource)

    def slow(self, verb: str, seconds: float, *, times: int = 1, resource: Resource | None = None) -> None:
        """The next calls of a verb wait before they do anything."""
        self.before(verb, lambda: self._wait(seconds), times=times, resource=resource)

    def before(
        self, verb: str, happens: Callable[[], object], *, times: int = 1, resource: Resource | None = None
    ) -> None:
        """Something happens just before the next calls of a verb are answered; it may raise a `Refusal`."""
        self._answering.faults.add(Fault(verb, happens, times, resource))

    def lose(self, verb: str, *, times: int = 1, resource: Resource | None = None) -> None:
        """The next calls of a verb are done, and their answers are lost: the connection breaks off instead."""

        def cut() -> None:
            raise Cut

        self._answering.losses.add(Fault(verb, cut, times, resource))

    def heal(self) -> None:
        """Nothing goes wrong any more that has not yet, and nothing is forbidden."""
        self._answering.faults.clear()
        self._answering.losses.clear()
        self._answering.access.rules = ()

    def forbid(self, *verbs: str, resource: Resource | None = None, namespace: str | None = None) -> None:
        """403 from now on. No verb is all of them; the namespace `CLUSTER_WIDE` is what asks for all of them."""
        self._answering.access.rules += (Rule(frozenset(verbs), resource, namespace),)

    def uninstall(self, resource: Resource) -> None:
        """The cluster does not know such objects: 404 for all of its paths."""
        self._answering.unknown.add(Target.of(Ref(resource, "", "")).collection)

    def rotate(self, token: str | None) -> None:
        """Another token is the right one from now on."""
        self._answering.access.token = token

    def compact(self, *, as_event: bool = True) -> None:
        """Forget the history: who watches from a version until now is told 410, in an ERROR event or as the status."""
        self._answering.watches.gone_as_event = as_event
        self._answering.store.compact()

    def drop_watches(self, *, error: Refusal | None = None, in_order: bool = False) -> None:
        """Open watches end: broken off, in order as at a time-out, with an ERROR event first if you like."""
        self._answering.watches.interrupt(Interruption(error, in_order))

    def bookmark(self) -> None:
        """Bookmarks come once a minute; this sends one now."""
        self._answering.watches.bookmark()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Connections are refused, and those that are open break off."""
        self._server.stop()
        try:
            yield
        finally:
            self._server = Server(self._address, self._answering)
            self._server.start()

    # --- what came in ---

    @property
    def requests(self) -> tuple[Request, ...]:
        """All so far (of very many the newest), oldest first, also those that were refused."""
        return tuple(self._answering.requests)

    def count(self, *verbs: str, path: str | None = None) -> int:
        return sum((not verbs or request.verb in verbs) and path in (None, request.path) for request in self.requests)

    def open_watches(self) -> Counter[str]:
        """How many, by path."""
        return self._answering.watches.open()

    def _wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)


def _identity(before: Json | None) -> dict[str, Any]:
    metadata = before["metadata"] if before else {}
    return {key: metadata[key] for key in ("uid", "creationTimestamp") if key in metadata}
