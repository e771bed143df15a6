"""Small GitOps repositories, laid out as people publish them: path → content."""

from __future__ import annotations

from collections.abc import Iterable

Files = dict[str, str]


def deployment(name: str, image: str) -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n"
        f"      containers:\n        - name: {name}\n          image: {image}\n"
    )


def base(directory: str, name: str, image: str) -> Files:
    return {
        f"{directory}/deployment.yaml": deployment(name, image),
        f"{directory}/kustomization.yaml": "resources:\n  - deployment.yaml\n",
    }


def overlay(image: str, tag: str, built_from: str = "../../base") -> str:
    return f"resources:\n  - {built_from}\nimages:\n  - name: {image}\n    newTag: {tag}    # promoted\n"


def overlays(environments: Iterable[str], application: str = "web-app", directory: str = "overlays") -> Files:
    """``apps/<application>/overlays/<environment>``."""
    image = f"ghcr.io/acme/{application}"
    return base(f"apps/{application}/base", application, image) | {
        f"apps/{application}/{directory}/{name}/kustomization.yaml": overlay(image, "v1.2.3") for name in environments
    }


def environments_at_the_root() -> Files:
    """``envs/<environment>/version.yml`` patches, ``variants/`` components."""
    files = base("base", "shop", "docker.io/acme/shop:1.0")
    for name in ("prod", "non-prod", "eu", "us"):
        files[f"variants/{name}/kustomization.yml"] = (
            f"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - path: {name}.yml\n"
        )
        files[f"variants/{name}/{name}.yml"] = (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\n  labels: {{variant: {name}}}\n"
        )
    for name in ("integration-gpu", "load-gpu", "qa", "staging-eu", "staging-us", "prod-eu", "prod-us"):
        files[f"envs/{name}/kustomization.yml"] = (
            "resources:\n  - ../../base\ncomponents:\n  - ../../variants/eu\npatches:\n"
            "  - path: version.yml\n  - path: replicas.yml\n"
        )
        files[f"envs/{name}/version.yml"] = deployment("shop", "docker.io/acme/shop:2.0")
        files[f"envs/{name}/replicas.yml"] = (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  replicas: 2\n"
        )
    return files


def environments_of_applications() -> Files:
    """``apps/<application>/envs/<environment>`` and ApplicationSets with the git directory generator."""
    files: Files = {}
    for name, runs_in in (("billing", ("qa", "staging", "prod-eu")), ("orders", ("qa", "staging", "prod-us"))):
        files |= overlays(runs_in, name, "envs")
    for name in ("qa", "staging", "prod"):
        files[f"appsets/{name}.yaml"] = (
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n"
            f"  name: {name}\nspec:\n  generators:\n    - git:\n"
            f"        directories:\n          - path: apps/*/envs/{name}\n"
            "  template:\n    spec:\n      source:\n        targetRevision: HEAD\n"
        )
    return files


def stages() -> Files:
    """``stages/<environment>`` whose kustomizations have no ``images:`` entry yet."""
    files = base("base", "guestbook", "ghcr.io/acme/guestbook:v0.1.0")
    for name in ("test", "uat", "prod"):
        files[f"stages/{name}/kustomization.yaml"] = "namespace: guestbook\nresources:\n  - ../../base\n"
    return files


def helm_release(name: str, *, tag: str = "", version: str = "6.5.0") -> str:
    values = f"  values:\n    image:\n      tag: {tag}    # promoted\n" if tag else "  values:\n    replicaCount: 2\n"
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n"
        f"  name: {name}\n  namespace: {name}\nspec:\n  chart:\n    spec:\n      chart: {name}\n"
        f'      version: "{version}"\n{values}'
    )


def clusters() -> Files:
    """``clusters/<environment>`` for Flux, ``apps/<environment>`` with HelmReleases."""
    files: Files = {"apps/base/podinfo/release.yaml": helm_release("podinfo", version=">=6.0.0")}
    for name in ("staging", "production"):
        files[f"clusters/{name}/apps.yaml"] = (
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\nspec:\n"
            f"  path: ./apps/{name}\n"
        )
        files[f"clusters/{name}/flux-system/gotk-components.yaml"] = deployment("x", "ghcr.io/fluxcd/controller:v1.0.0")
        files[f"apps/{name}/kustomization.yaml"] = "resources:\n  - ../base/podinfo\npatches:\n  - path: podinfo.yaml\n"
        files[f"apps/{name}/podinfo.yaml"] = helm_release("podinfo", version="6.5.0")
        files[f"apps/{name}/backend.yaml"] = helm_release("backend", tag="1.4.0")
    return files


def helm_charts() -> Files:
    """One chart with ``values-<environment>.yaml``, another with ``environments/<environment>/values.yaml``."""
    files: Files = {"charts/web-app/Chart.yaml": "apiVersion: v2\nname: web-app\nversion: 0.1.0\n"}
    files["charts/web-app/values.yaml"] = "image:\n  repository: ghcr.io/acme/web-app\n  tag: latest\n"
    files["charts/web-app/templates/deployment.yaml"] = (
        "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n"
    )
    for name in ("dev", "staging", "prod"):
        files[f"charts/web-app/values-{name}.yaml"] = 'replicaCount: 2\nimage:\n  tag: "1.2.3"    # promoted\n'
        files[f"environments/{name}/api/values.yaml"] = (
            "image:\n  repository: ghcr.io/acme/api\n  tag: v2.0.1\n"
            "sidecar:\n  image:\n    repository: envoy\n    tag: v9\n"
        )
    return files


def many_applications(count: int = 30) -> Files:
    files: Files = {}
    for number in range(count):
        files |= overlays(("dev", "staging", "production"), f"service-{number:02}")
    return files


def image_policies() -> Files:
    """Markers of a Flux ImagePolicy in each cluster's own manifests."""
    files: Files = {}
    for name in ("staging", "production"):
        files[f"clusters/{name}/web-app.yaml"] = deployment(
            "web-app", 'ghcr.io/acme/web-app:v1.2.3  # {"$imagepolicy": "flux-system:web-app"}'
        )
    files["clusters/staging/policy.yaml"] = (
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\nmetadata:\n  name: web-app\n"
        "  namespace: flux-system\nspec:\n  imageRepositoryRef:\n    name: web-app\n  policy:\n    semver:\n"
        "      range: '>=1.0.0'\n"
    )
    return files


def application_sets() -> Files:
    """A list generator with an element for each environment."""
    elements = "".join(
        f"          - env: {name}\n            imageTag: v1.2.3    # promoted\n" for name in ("dev", "staging", "prod")
    )
    return {
        "appsets/web-app.yaml": (
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: web-app\nspec:\n"
            f"  generators:\n    - list:\n        elements:\n{elements}"
            "  template:\n    spec:\n      source:\n        path: charts/web-app\n        targetRevision: main\n"
        )
    }


def following_tags() -> Files:
    """An Argo CD Application for each environment, which follows a tag of its own."""
    return {
        f"argocd/{name}/web-app.yaml": (
            f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: web-app-{name}\nspec:\n"
            f"  source:\n    targetRevision: v1.2.3-{name}    # promoted\n    path: manifests\n"
        )
        for name in ("dev", "staging", "prod")
    }


def applications() -> Files:
    """An Argo CD Application for each environment, which names the release in a Helm parameter."""
    return {
        f"argocd/web-app-{name}.yaml": (
            f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: web-app-{name}\nspec:\n"
            "  source:\n    targetRevision: main\n    path: chart\n    helm:\n      parameters:\n"
            "        - name: image.tag\n          value: v1.2.3    # promoted\n"
        )
        for name in ("dev", "staging", "prod")
    }
