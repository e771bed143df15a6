"""Which ImageUpdateAutomation would write to a file, by what the repository says."""

from __future__ import annotations

import pytest

from promontory.manifests.flux_images import automations, image_policies, overwriting
from tests.strategies.files import DictFiles

FILE = "clusters/staging/apps/web.yaml"
POLICY = "flux-system:web-app"
AUTOMATION = """\
apiVersion: image.toolkit.fluxcd.io/{version}
kind: ImageUpdateAutomation
metadata:
  name: apps
  namespace: flux-system
spec:
{spec}
"""


def automation(spec: str, version: str = "v1") -> str:
    return AUTOMATION.format(version=version, spec="\n".join(f"  {line}" for line in spec.splitlines()))


def image_policy(labels: str = "{}", name: str = "web-app") -> str:
    return (
        f"apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\n"
        f"metadata: {{name: {name}, namespace: flux-system, labels: {labels}}}\n"
        "spec: {policy: {semver: {range: 1.x}}}\n"
    )


def overwrites(*documents: str, branch: str = "main", policy: str = POLICY, path: str = FILE) -> bool:
    files = DictFiles({f"flux/{number}.yaml": text for number, text in enumerate(documents)})
    return bool(overwriting(files, [path], policy, branch))


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2", "v1"])
def test_every_version_of_the_api_is_read(version: str) -> None:
    (found,) = automations(DictFiles({"a.yaml": automation("update: {path: ./clusters}", version)}))

    assert (found.name, found.place, found.path) == ("flux-system/apps", "a.yaml:1", "clusters")


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("", True),
        (".", True),
        ("./", True),
        ("/", True),
        ("./clusters/staging", True),
        ("clusters/staging/", True),
        ("clusters/staging/apps/web.yaml", True),
        ("../clusters/staging", True),
        ("clusters/../clusters/staging", True),
        ("./clusters/production", False),
        ("clusters/stag", False),
        ("clusters/staging/apps/web", False),
    ],
)
def test_its_path_covers_what_lies_below_it(path: str, covered: bool) -> None:
    assert overwrites(automation(f"update: {{path: '{path}', strategy: Setters}}")) is covered


@pytest.mark.parametrize(
    ("spec", "writes"),
    [
        ("interval: 1m", True),
        ("suspend: true", False),
        ("suspend: false", True),
        ("update: {strategy: Setters}", True),
        ("update: {strategy: Other}", False),
    ],
)
def test_one_that_is_suspended_or_sets_nothing_does_not_write(spec: str, writes: bool) -> None:
    assert overwrites(automation(spec)) is writes


@pytest.mark.parametrize(
    ("git", "writes"),
    [
        ("{push: {branch: main}}", True),
        ("{push: {branch: image-updates}, checkout: {ref: {branch: main}}}", False),
        ("{checkout: {ref: {branch: main}}}", True),
        ("{checkout: {ref: {branch: other}}}", False),
        ("{push: {branch: main}, checkout: {ref: {branch: other}}}", True),
        ("{commit: {author: {email: a@b.example}}}", True),
    ],
)
def test_it_overwrites_only_the_branch_that_it_pushes_to(git: str, writes: bool) -> None:
    assert overwrites(automation(f"git: {git}")) is writes


@pytest.mark.parametrize(
    ("reference", "writes"),
    [("ref: {branch: main}", True), ("ref: {branch: other}", False), ("url: x", False), ("ref: {tag: v1}", True)],
)
def test_without_a_branch_of_its_own_it_pushes_to_that_of_its_source(reference: str, writes: bool) -> None:
    source = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
        f"metadata: {{name: fleet, namespace: flux-system}}\nspec: {{{reference}}}\n"
    )

    assert overwrites(automation("sourceRef: {kind: GitRepository, name: fleet}"), source) is writes


def test_it_applies_policies_of_its_own_namespace_only() -> None:
    assert overwrites(automation("interval: 1m"), policy="apps:web-app") is False


def test_a_namespace_that_is_set_elsewhere_may_be_any() -> None:
    text = automation("interval: 1m").replace("  namespace: flux-system\n", "")

    assert overwrites(text, policy="apps:web-app") is True


@pytest.mark.parametrize(
    ("selector", "writes"),
    [
        ("{}", True),
        ("{matchLabels: {team: web}}", True),
        ("{matchLabels: {team: web, tier: front}}", False),
        ("{matchLabels: {team: api}}", False),
        ("{matchExpressions: [{key: team, operator: In, values: [web, api]}]}", True),
        ("{matchExpressions: [{key: team, operator: In, values: [api]}]}", False),
        ("{matchExpressions: [{key: team, operator: NotIn, values: [web]}]}", False),
        ("{matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}", True),
        ("{matchExpressions: [{key: team, operator: Exists}]}", True),
        ("{matchExpressions: [{key: tier, operator: Exists}]}", False),
        ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", True),
        ("{matchExpressions: [{key: team, operator: DoesNotExist}]}", False),
        ("{matchLabels: {team: web}, matchExpressions: [{key: team, operator: DoesNotExist}]}", False),
    ],
)
def test_its_selector_chooses_policies_by_their_labels(selector: str, writes: bool) -> None:
    assert overwrites(automation(f"policySelector: {selector}"), image_policy("{team: web}")) is writes


def test_a_policy_that_is_not_in_the_repository_may_have_any_label() -> None:
    assert overwrites(automation("policySelector: {matchLabels: {team: web}}"), image_policy(name="other")) is True


def test_policies_are_found_by_the_name_that_markers_use() -> None:
    files = DictFiles({"flux/all.yml": f"# policies\n---\n{image_policy()}---\n{image_policy('{team: web}', 'api')}"})

    found = image_policies(files)

    assert {name: (policy.place, policy.chooses) for name, policy in found.items()} == {
        "flux-system:web-app": ("flux/all.yml:3", "semver 1.x"),
        "flux-system:api": ("flux/all.yml:8", "semver 1.x"),
    }
    assert found["flux-system:api"].labels == {"team": "web"}


def test_items_of_a_list_are_objects_too() -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n- " + automation("interval: 1m").replace("\n", "\n  ")

    assert [found.place for found in automations(DictFiles({"a.yaml": listed}))] == ["a.yaml:4"]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nspec: [",
        "apiVersion: example.com/v1\nkind: ImageUpdateAutomation\nnote: image.toolkit.fluxcd.io/v1\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "spec: {names: {kind: ImageUpdateAutomation}, group: image.toolkit.fluxcd.io}\n",
        "- image.toolkit.fluxcd.io/v1\n- 'kind: ImageUpdateAutomation'\n",
    ],
)
def test_what_is_no_such_object_is_passed_over(text: str) -> None:
    assert automations(DictFiles({"a.yaml": text})) == ()


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\n",
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata: x\nspec: [a]\n",
        automation("update: [a]\ngit: x\npolicySelector: {matchExpressions: {a: b}, matchLabels: [c]}"),
    ],
)
def test_an_object_of_a_strange_form_is_taken_to_write(text: str) -> None:
    assert overwrites(text) is True


def test_aliases_are_not_multiplied() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))

    assert overwrites(automation("interval: 1m") + bomb) is True
