"""Golden folders: what the real kustomize and helm make of ``before/``, and ``after/`` on the environment's branch."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from promontory.config import load
from promontory.errors import RenderingError
from promontory.promotion.planning import draw_plan
from promontory.promotion.vocabulary import VOCABULARY
from promontory.repository import create_bare
from tests.promotion.world import World
from tests.strategies.files import DictFiles

GOLDEN = Path(__file__).parent.parent / "strategies" / "golden" / "rendered"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.yaml"))
HELM = {"kind": "helm", "release_name": "web-app"}


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here (.ci/run builds it where there is Go)")


def world(directory: Path, files: dict[str, bytes], options: dict[str, Any]) -> World:
    application = {"strategy": {"kind": "rendered", "branch": "env", "path": "out", **options}}
    text = yaml.safe_dump({"applications": {"web-app": application}, "environments": {"prod": {}}})
    create_bare(directory / "gitops.git", {path: content.decode() for path, content in files.items()})
    return World(directory, load(text, file="promontory.yaml", vocabulary=VOCABULARY))


def render(world: World) -> None:
    """Plan the head of main, and push what was planned."""
    workspace = world.workspace()
    try:
        place = workspace.config.place("web-app", "prod")
        drawn = draw_plan(workspace, place, workspace.repository.head())
        workspace.repository.push(drawn.updates("Promote"))
    finally:
        world.close()


def put_on_branch(world: World, branch: str, files: dict[str, str]) -> None:
    """What was on the environment's branch before."""
    create_bare(world.directory / "other.git", files)
    world.git("fetch", "--quiet", str(world.directory / "other.git"), f"main:{branch}")


def on_branch(world: World, branch: str) -> dict[str, str]:
    names = world.git("ls-tree", "-r", "--name-only", branch).splitlines()
    return {name: world.git("show", f"{branch}:{name}") for name in names}


@pytest.mark.parametrize("name", CASES)
def test_before_becomes_after_byte_for_byte(name: str, tmp_path: Path) -> None:
    case = yaml.safe_load((GOLDEN / name / "case.yaml").read_bytes())
    needs(name.partition("-")[0])
    made = world(tmp_path, DictFiles.below(GOLDEN / name / "before").contents, case["options"])
    if "branch" in case:
        put_on_branch(made, case["options"]["branch"], case["branch"])

    render(made)

    after = DictFiles.below(GOLDEN / name / "after").contents
    assert on_branch(made, case["options"]["branch"]) == {path: content.decode() for path, content in after.items()}


def failing(directory: Path, files: dict[str, str], options: dict[str, Any]) -> RenderingError:
    made = world(directory, {path: text.encode() for path, text in files.items()}, options)
    with pytest.raises(RenderingError) as caught:
        render(made)
    return caught.value


@pytest.mark.parametrize(
    "base",
    ["https://github.com/acme/bases//web?ref=v1", "https://acme.example/deployment.yaml", "git@acme.example:x.git"],
)
def test_kustomize_downloads_nothing(tmp_path: Path, base: str) -> None:
    needs("kustomize")

    error = failing(tmp_path, {"app/kustomization.yaml": f"resources: ['{base}']\n"}, kustomize("app"))

    assert error.message.startswith("kustomize failed with exit code 1: Error: accumulating resources")
    assert "nothing is downloaded" in error.remedy


def test_kustomize_reads_no_file_from_outside_of_the_directory(tmp_path: Path) -> None:
    needs("kustomize")
    files = {"app/kustomization.yaml": "configMapGenerator: [{name: x, files: [../secret.txt]}]\n", "secret.txt": "s\n"}

    assert "security; file" in failing(tmp_path, files, kustomize("app")).message


def test_kustomize_runs_no_plugin(tmp_path: Path) -> None:
    needs("kustomize")
    files = {
        "app/kustomization.yaml": "generators: [plugin.yaml]\n",
        "app/plugin.yaml": (
            "apiVersion: acme/v1\nkind: Plugin\nmetadata:\n  name: x\n  annotations:\n"
            "    config.kubernetes.io/function: 'exec: {path: ./run.sh}'\n"
        ),
        "app/run.sh": "#!/bin/sh\necho pwned >&2\n",
    }

    error = failing(tmp_path, files, kustomize("app"))

    assert "pwned" not in error.message


def test_kustomize_downloads_no_chart(tmp_path: Path) -> None:
    needs("kustomize")
    chart = "helmCharts: [{name: x, repo: 'https://charts.acme.example', version: 1.0.0, releaseName: x}]\n"

    assert "--enable-helm" in failing(tmp_path, {"app/kustomization.yaml": chart}, kustomize("app")).message


def kustomize(source: str) -> dict[str, Any]:
    return {"source": source, "render": "kustomize"}


def chart(template: str, **more: str) -> dict[str, str]:
    return {
        "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n" + more.pop("dependencies", ""),
        "chart/templates/x.yaml": template,
        **more,
    }


def helm(**more: object) -> dict[str, Any]:
    return {"source": "chart", "render": {**HELM, **more}}


def test_a_dependency_that_was_not_committed_says_how_to(tmp_path: Path) -> None:
    needs("helm")
    dependency = "dependencies: [{name: redis, version: 1.0.0, repository: 'https://charts.acme.example'}]\n"

    error = failing(tmp_path, chart("kind: X\n", dependencies=dependency), helm())

    assert "missing in charts/ directory: redis" in error.message
    assert "helm dependency build" in error.remedy


@pytest.mark.parametrize("random", ["randAlphaNum 10", "uuidv4", "now", '(genCA "x" 1).Key | b64enc'])
def test_a_chart_that_renders_differently_each_time_is_refused(tmp_path: Path, random: str) -> None:
    needs("helm")
    template = f"kind: Secret\nmetadata: {{name: x}}\nstringData:\n  x: {{{{ {random} | quote }}}}\n"

    error = failing(tmp_path, chart(template), helm())

    assert error.message == "helm makes something else of chart each time: secret-x.yaml"
    assert "randAlphaNum" in error.remedy


def test_a_values_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    needs("helm")

    error = failing(tmp_path, chart("kind: X\n"), helm(values=["values/prod.yaml"]))

    assert "values/prod.yaml: no such file" in error.message


def test_a_template_asks_neither_a_name_server_nor_a_cluster(tmp_path: Path) -> None:
    needs("helm")
    asked = 'host: "{{ getHostByName "localhost" }}"\nfound: {{ lookup "v1" "Secret" "a" "b" }}\n'
    files = chart(f"kind: X\nmetadata: {{name: x}}\n{asked}")
    made = world(tmp_path, {path: text.encode() for path, text in files.items()}, helm())

    render(made)

    assert on_branch(made, "env")["out/x-x.yaml"].endswith('host: ""\nfound: map[]\n')


def test_a_template_that_fails_tells_where(tmp_path: Path) -> None:
    needs("helm")

    error = failing(tmp_path, chart('{{ required "image.tag is missing" .Values.tag }}'), helm())

    assert "web/templates/x.yaml:1:3" in error.message
    assert "image.tag is missing" in error.message
