"""`promontory demo`: the main job, for real, on a sample repository and a small cluster, told as it happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promontory.cli.demo_proof import Proof
from promontory.cli.prefect_server import free_port, is_free, prefect_server
from promontory.cli.printing import say
from promontory.cli.running import busy, prefect_environment, report, run_flow, settle_prefect
from promontory.cli.source import narrate
from promontory.errors import PromontoryError

if TYPE_CHECKING:
    from flows.approval import Answer, Look
    from flows.ready import Ready
    from promontory.approvals import ApprovalState
    from promontory.promotion.values import Result
    from promontory.sandbox.cluster import Cluster

APPLICATION, GOOD, BROKEN = "web-app", "v1.3.0", "v1.4.0"
_UI_PORT = 4200


@click.command()
@click.option("--yes", is_flag=True, help="Approve by itself, and exit at the end: 0 only if all of it happened.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".demo"),
    show_default=True,
    help="Where everything is put; emptied first.",
)
def demo(*, yes: bool, directory: Path) -> int:
    """See it work: a good release goes to production, a broken one is taken back by itself.

    Starts a Prefect server, a sample GitOps repository and a small cluster that follows it; nothing outside of
    --directory is touched.
    """
    narrate()
    prepare(directory)
    unattended = yes or not (sys.stdin.isatty() and sys.stderr.isatty())
    with stage(directory) as scene:
        proof = play(scene, unattended=unattended)
        scene.tell_result(proof)
        if not yes:
            scene.stay()
    return proof.exit_code


@dataclass(frozen=True)
class Scene:
    """What the demo plays on."""

    repository: Path
    cluster: Cluster
    prefect: str

    def tell_result(self, proof: Proof) -> None:
        heading("Where everything is now")
        self._show("status")
        heading("What Git says")
        self._show_log()
        heading("Proof")
        for claim, holds in proof.claims:
            say("  ", ("✓", "green") if holds else ("✗", "red"), f" {claim}")
        say("")
        say("Both runs in the Prefect UI: ", (f"{self.prefect}/runs", "bold"))
        say(f"The repository: {self.repository}")

    def stay(self) -> None:
        """Serve the deployments, so that the UI can be played with, until Ctrl-C."""
        say("")
        say(
            "Try it yourself: run the deployment ", ("promote", "bold"), " in the UI with v1.5.0, and approve it there."
        )
        say("Ctrl-C ends the demo.")
        served = subprocess.Popen([sys.executable, "-m", "promontory.cli", "serve"], stdin=subprocess.DEVNULL)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            say("")
            say("The demo is over.")
        finally:
            served.terminate()
            served.wait()

    def _show(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "promontory.cli", *arguments], check=True)

    def _show_log(self) -> None:
        from promontory.promotion.location import open_workspace
        from promontory.promotion.workspace import Actor
        from promontory.settings import read_settings

        workspace = open_workspace(read_settings(), Actor("demo"))
        for commit in workspace.repository.log(workspace.repository.branch, 10):
            say("  ", (commit.sha[:7], "yellow"), f" {commit.subject}")


def prepare(directory: Path) -> None:
    """Empty the directory and keep everything that Promontory and Prefect write in it."""
    marker = directory / "promontory-demo"
    if directory.exists() and any(directory.iterdir()) and not marker.exists():
        raise PromontoryError(f"{directory} is not empty and not a demo's", "choose another with --directory")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    marker.write_text("made by promontory demo; deleted when it starts again\n")
    for name in [name for name in os.environ if name.startswith(("PROMONTORY_", "PREFECT_"))]:
        del os.environ[name]
    os.environ["PREFECT_HOME"] = str((directory / "prefect").absolute())
    os.environ["PROMONTORY_CACHE_DIR"] = str((directory / "cache").absolute())
    # Everything is on this machine, and the cluster that somebody's own kubeconfig names is not part of it.
    os.environ["KUBECONFIG"] = str((directory / "kubeconfig").absolute())
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"]))
    prefect_environment()


@contextmanager
def stage(directory: Path) -> Iterator[Scene]:
    """The sample repository, the cluster that follows it, and a Prefect server."""
    from promontory.sandbox.behaviour import Behaviour
    from promontory.sandbox.cluster import Cluster
    from promontory.sandbox.git_source import GitSource
    from promontory.sandbox.sample import create_sample

    heading("A GitOps repository, a cluster that follows it, and a Prefect server")
    port = free_port()
    repository = create_sample(directory.absolute(), f"http://127.0.0.1:{port}")
    os.environ["PROMONTORY_REPOSITORY"] = str(repository)
    source = GitSource(str(repository), directory.absolute() / "cluster-cache")
    broken = Behaviour(BROKEN, "staging", broken=True)
    ui_port = _UI_PORT if is_free(_UI_PORT) else free_port()
    with Cluster(source, [broken], port=port) as cluster:
        kubeconfig = cluster.api.kubeconfig(Path(os.environ["KUBECONFIG"]))
        say(f"  repository  {repository}")
        say(f"  cluster     {cluster.url}")
        say(f"  Argo CD     {cluster.api.url}, in {kubeconfig}")
        with ExitStack() as stack:
            with busy("starting the Prefect server"):
                address = stack.enter_context(prefect_server("127.0.0.1", ui_port))
            say(f"  Prefect UI  {address}")
            try:
                yield Scene(repository, cluster, address)
            finally:
                settle_prefect()


def play(scene: Scene, *, unattended: bool) -> Proof:
    """The two promotions."""
    heading(f"{APPLICATION} {GOOD}: from dev to production")
    good = run_promotion(GOOD, unattended=unattended)
    heading(f"{APPLICATION} {BROKEN}: broken in staging")
    broken = run_promotion(BROKEN, unattended=unattended)
    return Proof.of(good, broken, cluster=scene.cluster.url, prefect=scene.prefect)


def run_promotion(release: str, *, unattended: bool) -> Result:
    from flows.approval import ASK_HERE
    from flows.promote import promote
    from promontory.cli.promote import asker

    ASK_HERE.set(approve_by_itself if unattended else asker("you", wait=False))
    parameters = {"application": APPLICATION, "release": release, "to": "all", "requested_by": "promontory demo"}
    result = run_flow(promote, parameters)
    say("")
    report(result, as_json=False)
    return result


async def approve_by_itself(ready: Ready, state: ApprovalState, _: Look) -> Answer:
    from flows.approval import Answer
    from promontory.cli.asking import show_request

    show_request(ready, state)
    say(("Nobody is asked: the demo approves by itself.", "yellow"))
    say("")
    return Answer("approved", "promontory demo", "approved by the demo itself", "demo")


def heading(text: str) -> None:
    say("")
    say((f"━━ {text}", "bold"))
    say("")
