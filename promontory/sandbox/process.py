"""``python -m promontory.sandbox``: the sandbox cluster as a process of its own."""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from promontory.options import parse_duration
from promontory.sandbox.behaviour import Behaviour, parse_broken, parse_slow
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.git_source import GitSource

Parse = Callable[[str], object]
_FILE = click.Path(path_type=Path, dir_okay=False)


def _parsed(parse: Parse) -> Callable[[click.Context, click.Parameter, object], object]:
    def callback(_: click.Context, __: click.Parameter, value: object) -> object:
        try:
            return [parse(item) for item in value] if isinstance(value, tuple) else parse(str(value))
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return callback


@click.command("sandbox")
@click.option("--repository", required=True, metavar="URL", help="The GitOps repository to follow.")
@click.option("--branch", default=None, help="The branch to follow; the repository's default branch if left out.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The port; 0 takes any free one.")
@click.option("--delay", default="500ms", show_default=True, callback=_parsed(parse_duration), help="A rollout takes.")
@click.option(
    "--broken",
    multiple=True,
    callback=_parsed(parse_broken),
    metavar="RELEASE[@ENVIRONMENT]",
    help="It never becomes healthy (there); again for more.",
)
@click.option(
    "--slow",
    multiple=True,
    callback=_parsed(parse_slow),
    metavar="RELEASE[@ENVIRONMENT]=DURATION",
    help="Its rollout takes so long (there); again for more.",
)
@click.option("--kubeconfig", type=_FILE, default=None, help="Write one there, for its Kubernetes API.")
def main(
    repository: str,
    branch: str | None,
    broken: list[Behaviour],
    slow: list[Behaviour],
    kubeconfig: Path | None,
    **options: object,
) -> None:
    """A small cluster that follows a GitOps repository; prints its address when it listens."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the cache is removed then, too
    with tempfile.TemporaryDirectory(prefix="promontory-sandbox-") as cache:
        source = GitSource(repository, Path(cache), branch)
        with Cluster(source, [*broken, *slow], **options) as cluster, suppress(KeyboardInterrupt):  # type: ignore[arg-type]
            if kubeconfig:
                cluster.api.kubeconfig(kubeconfig)
            click.echo(cluster.url)  # noqa: TID251 — its own address, for the process that started it
            threading.Event().wait()
