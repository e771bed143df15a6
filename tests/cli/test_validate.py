"""`promontory validate`: every disagreement at its place, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from promontory.sandbox.kubernetes import KubernetesApi
from promontory.sandbox.sample import sample_files
from tests.cli.conftest import NOWHERE, Command, Sample

OVERLAY = "apps/web-app/overlays/{}/kustomization.yaml"
CONFIG = sample_files(NOWHERE)["promontory.yaml"].decode()


@pytest.fixture
def local_config(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """A promontory.yaml that is not pushed yet."""
    path = tmp_path / "mine.yaml"
    environment.setenv("PROMONTORY_CONFIG", str(path))
    return path


def test_a_good_configuration_is_ok(sample: Sample, command: Command) -> None:
    ended = command("validate")

    assert (ended.code, ended.out) == (0, "ok: 1 application, 3 environments\n")


def test_checks_that_name_no_cluster_need_none_to_be_validated_live(
    sample: Sample, command: Command, local_config: Path
) -> None:
    document = yaml.safe_load(CONFIG)
    for environment in document["environments"].values():
        environment["verify"] = [check for check in environment["verify"] if check["kind"] == "http"]
    local_config.write_text(yaml.safe_dump(document))

    ended = command("validate", "--live")

    assert (ended.code, ended.out) == (0, "ok: 1 application, 3 environments\n")


def test_everything_wrong_with_the_configuration_is_told_at_once(
    sample: Sample, command: Command, local_config: Path
) -> None:
    local_config.write_text(CONFIG.replace("after: dev", "after: devv").replace("kind: directory", "kind: folder"))

    ended = command("validate")

    assert (ended.code, ended.out) == (2, "")
    assert f'{local_config}:37:5: environments.staging.after: no environment "devv" (did you mean "dev"?)' in ended.err
    assert f"{local_config}:8:7: applications.web-app.strategy.kind" in ended.err


def test_a_file_that_is_missing_is_told_at_the_override_that_names_it(
    sample: Sample, command: Command, local_config: Path
) -> None:
    local_config.write_text(CONFIG.replace("overlays/prod}", "overlays/production}"))

    ended = command("validate")

    assert ended.code == 2
    place = f"{local_config}:12:7: applications.web-app.environments.production"
    assert f"{place}: production: there is no directory apps/web-app/overlays/production" in ended.err
    assert "→ correct path: or add the directory" in ended.err


def test_a_file_that_is_no_yaml_is_told_at_the_strategy(sample: Sample, command: Command) -> None:
    sample.edit(OVERLAY.format("dev"), lambda _: b"images: [")

    ended = command("validate")

    assert ended.code == 2
    assert "promontory.yaml:7:5: applications.web-app.strategy: dev: " in ended.err
    assert "apps/web-app/overlays/dev/kustomization.yaml" in ended.err


def test_warnings_leave_the_exit_code_zero(sample: Sample, command: Command, local_config: Path) -> None:
    local_config.write_text(CONFIG.replace("    approval: {required: 1}\n", ""))

    ended = command("validate")

    assert (ended.code, ended.out) == (0, "ok: 1 application, 3 environments\n")
    assert "warning: " in ended.err
    assert "environments.production: no approval is needed" in ended.err


def test_an_image_automation_that_would_overwrite_a_promotion_is_a_warning(
    sample: Sample, command: Command, local_config: Path
) -> None:
    strategy, policy = "kind: flux", "policy: flux-system:web-app"
    local_config.write_text(CONFIG.replace("kind: directory", strategy).replace("image: ghcr.io/acme/web-app", policy))
    marker = b'# {"$imagepolicy": "flux-system:web-app:tag"}'
    for directory in ("dev", "staging", "prod"):
        sample.edit(OVERLAY.format(directory), lambda text: text.replace(b"# promoted by Promontory", marker))
    automation = (
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\n"
        "metadata: {name: apps, namespace: flux-system}\nspec: {update: {path: ./apps/web-app/overlays/prod}}\n"
    )
    sample.edit("apps/web-app/base/service.yaml", lambda text: text + b"---\n" + automation.encode())

    ended = command("validate")

    assert (ended.code, ended.out) == (0, "ok: 1 application, 3 environments\n")
    (told,) = re.findall(r"warning: .*Flux would.*\n.*\n", ended.err)
    assert f"{local_config}:12:7: applications.web-app.environments.production: production: Flux would" in told
    assert "ImageUpdateAutomation flux-system/apps (apps/web-app/base/service.yaml:15) updates" in told
    assert "→ suspend it (spec.suspend: true), let its spec.update.path not cover apps/web-app/overlays/prod" in told


def test_json_holds_the_problems_and_nothing_else_is_printed(
    sample: Sample, command: Command, local_config: Path
) -> None:
    local_config.write_text(CONFIG.replace("after: dev", "after: devv"))

    ended = command("validate", "--json")

    assert (ended.code, ended.err, ended.json["ok"]) == (2, "", False)
    assert [(problem["line"], problem["where"]) for problem in ended.json["problems"]] == [
        (37, "environments.staging.after")
    ]


@pytest.mark.parametrize(
    ("branch", "message"),
    [
        ("main", "is the branch that the environments follow"),
        ("main/ledger", 'clashes with the branch "main"'),
        ("other", "exists, but it holds no ledger"),
    ],
)
def test_a_ledger_branch_that_cannot_be_one_is_a_problem(
    sample: Sample, command: Command, environment: pytest.MonkeyPatch, branch: str, message: str
) -> None:
    sample.git("branch", "other", "main")
    environment.setenv("PROMONTORY_LEDGER_BRANCH", branch)

    ended = command("validate")

    assert ended.code == 2
    assert message in ended.err
    assert "PROMONTORY_LEDGER_BRANCH" in ended.err


def test_a_repository_that_does_not_exist_is_a_usage_error(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("PROMONTORY_REPOSITORY", str(tmp_path / "none.git"))

    assert command("validate").code == 2


def test_live_validation_looks_at_the_objects_that_checks_name(
    sample: Sample, command: Command, local_config: Path, kubernetes_api: KubernetesApi
) -> None:
    check = "    verify:\n      - {kind: flux, kustomization: web-app}\n"
    local_config.write_text(CONFIG.replace("    verify:\n", check, 1))
    kubernetes_api.put(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "web-app", "namespace": "flux-system"},
            "spec": {"suspend": True, "wait": True},
        }
    )

    ended = command("validate", "--live")

    assert ended.code == 0
    assert f"{local_config}:21:9: environments.dev.verify[0]: web-app: Kustomization flux-system/" in ended.err
    assert "suspended: what is promoted will not arrive\n  → resume it: flux resume kustomization web-app" in ended.err
    assert "suspended" not in command("validate").err
