"""Who else writes to what is promoted, by what the repository says."""

from __future__ import annotations

import pytest

from promontory.manifests.overwriters import overwriters
from tests.strategies.files import DictFiles

MANIFEST = "argocd/web-app-staging.yaml"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web-app-staging
  namespace: argocd
  annotations: {annotations}
spec:
  source: {{path: apps/web-app/staging, targetRevision: v1.0.0}}
"""
SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: web-app, namespace: argocd}}
spec:
  generators: [{{{generator}: {{}}}}]
  syncPolicy: {{applicationsSync: {policy}}}
  template:
    metadata: {{name: "{name}", annotations: {annotations}}}
    spec: {{source: {{path: "{path}"}}}}
"""
IMAGES = "argocd-image-updater.argoproj.io"
ASKED = f"{{{IMAGES}/image-list: web=acme/web-app}}"
TO_GIT = f'{{{IMAGES}/image-list: web=acme/web-app, {IMAGES}/write-back-method: "git:secret:argocd/token"}}'
AUTOMATION = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: apps, namespace: flux-system}
spec: {update: {path: ./envs}}
"""


def application(annotations: str = "{}") -> str:
    return APPLICATION.format(annotations=annotations)


def application_set(**changed: str) -> str:
    options = {"name": "web-app-{{env}}", "generator": "list", "policy": "sync", "annotations": "{}", "path": "other"}
    return SET.format(**{**options, **changed})


def told(files: dict[str, str], *paths: str, live: tuple[str, ...] = ()) -> list[str]:
    return [remark.message for remark in overwriters(DictFiles(files), paths, "main", live)]


@pytest.mark.parametrize("generator", ["list", "git", "scmProvider", "pullRequest", "clusters", "matrix"])
def test_an_application_that_an_applicationset_makes_is_set_back_whatever_generates_it(generator: str) -> None:
    files = {MANIFEST: application(), "sets/web.yaml": application_set(generator=generator)}

    assert told(files, MANIFEST) == [
        "the Application web-app-staging is made by the ApplicationSet argocd/web-app (sets/web.yaml:1), which sets it "
        "back to its template"
    ]


@pytest.mark.parametrize(
    ("changed", "made"),
    [
        ({"name": "web-app-{{ .env }}"}, True),
        ({"name": "{{.path.basename}}"}, True),
        ({"name": "web-app-staging"}, True),
        ({"name": "api-{{env}}"}, False),
        ({"name": "web-app"}, False),
        ({"policy": "create-only"}, False),
        ({"policy": "create-delete"}, False),
        ({"policy": "create-update"}, True),
    ],
)
def test_only_where_its_names_can_be_that_one_and_it_updates_what_it_made(changed: dict[str, str], made: bool) -> None:
    assert bool(told({MANIFEST: application(), "sets/web.yaml": application_set(**changed)}, MANIFEST)) is made


def test_an_application_that_is_not_what_is_written_does_not_matter() -> None:
    assert told({MANIFEST: application(), "sets/web.yaml": application_set()}, "apps/web-app/staging") == []


def test_a_live_application_is_found_by_its_name() -> None:
    files = {"sets/web.yaml": application_set()}

    assert len(told(files, live=("web-app-staging",))) == 1
    assert told(files, live=("api-staging",)) == []


@pytest.mark.parametrize("path", ["apps/web-app/staging", "apps/web-app/staging/kustomization.yaml", MANIFEST])
def test_image_updater_is_found_by_the_source_or_the_manifest(path: str) -> None:
    assert told({MANIFEST: application(TO_GIT)}, path) == [
        "Argo CD Image Updater commits to Git, by the annotations of the Application argocd/web-app-staging "
        f"({MANIFEST}:1)"
    ]


def test_image_updater_that_does_not_write_to_git_overrides_it() -> None:
    assert told({MANIFEST: application(ASKED)}, MANIFEST)[0].startswith(
        "Argo CD Image Updater overrides Git in the live Application, by the annotations of the Application argocd/"
    )


@pytest.mark.parametrize("path", ["apps/web-app/production", "apps/web-app", "apps/web-app/staging-2"])
def test_image_updater_of_another_source_does_not_matter(path: str) -> None:
    assert told({MANIFEST: application(TO_GIT)}, path) == []


def test_image_updater_in_the_template_of_an_applicationset() -> None:
    files = {"sets/web.yaml": application_set(annotations=TO_GIT, path="apps/web-app/{{env}}")}

    assert "the annotations of the ApplicationSet argocd/web-app" in told(files, "apps/web-app/staging")[0]
    assert told(files, "apps/api/staging") == []


def test_without_an_image_list_there_is_no_updater() -> None:
    assert told({MANIFEST: application(f"{{{IMAGES}/write-back-method: git}}")}, MANIFEST) == []


@pytest.mark.parametrize("path", ["envs/staging", "envs/staging/values.yaml"])
def test_flux_is_found_by_the_markers_in_what_is_written(path: str) -> None:
    marked = 'tag: v1.0.0 # {"$imagepolicy": "flux-system:web-app:tag"}\n'
    files = {"envs/staging/values.yaml": marked, "flux/apps.yaml": AUTOMATION}

    assert told(files, path) == [
        "Flux writes to envs/staging/values.yaml, too: the ImageUpdateAutomation flux-system/apps (flux/apps.yaml:1), "
        "by the marker of flux-system:web-app"
    ]
    assert told({**files, "envs/staging/values.yaml": "tag: v1.0.0\n"}, path) == []
    assert told({"envs/staging/values.yaml": marked}, path) == [], "nobody updates it"
