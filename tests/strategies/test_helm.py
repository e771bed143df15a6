"""Charts, their locks and Argo CD Applications through the directory strategy: what is refused, and why."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from promontory.change import Change
from promontory.errors import StrategyError
from promontory.strategies.chart_lock import Dependency, digest
from promontory.strategies.copied_files import Overlay
from promontory.strategies.directory import DirectoryStrategy
from tests.strategies.files import DictFiles

REPOSITORY = "https://charts.acme.example"
KEY = "dependencies[name=web].version"
GRAFANA = "https://grafana.github.io/helm-charts"
BITNAMI = "https://charts.bitnami.com/bitnami"


def directory(**options: Any) -> DirectoryStrategy:
    return DirectoryStrategy.model_validate({"kind": "directory", "path": "c", **options})


def refused(contents: dict[str, str], release: str = "1.3.0", **options: Any) -> StrategyError:
    with pytest.raises(StrategyError) as caught:
        directory(**options).change(DictFiles(contents), release, [])
    return caught.value


def chart(version: str = "1.2.0", repository: str = REPOSITORY) -> str:
    return f"name: c\ndependencies:\n- name: web\n  version: {version}\n  repository: {repository}\n"


def lock(version: str = "1.2.0", asked: str = "1.2.0", repository: str = REPOSITORY) -> str:
    asked_for: Dependency = {"name": "web", "version": asked, "repository": repository}
    pinned: Dependency = {"name": "web", "version": version, "repository": repository}
    pins = f"dependencies:\n- name: web\n  repository: {repository}\n  version: {version}\n"
    return f'{pins}digest: {digest([asked_for], [pinned])}\ngenerated: "2026-01-01T00:00:00Z"\n'


# --- the lock ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "pinned", "written"),
    [
        (
            [{"name": "cert-manager", "version": "v1.14.1", "repository": "https://charts.jetstack.io"}],
            ["v1.14.1"],
            "sha256:4283fc0fafd7869d15e4dee34683140adaa3dd4be6e8d562df91da9fa06e91da",
        ),
        (
            [
                {"name": "traefik", "version": "41.6.0", "repository": "https://traefik.github.io/charts"},
                {"name": "whoami", "version": "0.1.0", "repository": "file://charts/whoami"},
            ],
            ["41.6.0", "0.1.0"],
            "sha256:b29a1cd48f0de02a5ff894320a116b91be1d3277aaa4a502da1c63eefbc54c8d",
        ),
        (
            [{"name": "common", "version": "1.x.x", "repository": BITNAMI, "tags": ["bitnami-common"]}],
            ["1.13.1"],
            "sha256:1056dac8da880ed967a191e8d9eaf04766f77bda66a5715456d5dd4494a4a942",
        ),
        (
            [
                {"name": "postgresql", "version": "16.1.2", "repository": BITNAMI, "condition": "postgresql.enabled"},
                {"name": "redis", "version": "20.1.2", "repository": BITNAMI, "condition": "redis.enabled"},
                {"name": "loki", "version": "5.41.6", "repository": GRAFANA, "condition": "loki.enabled"},
            ],
            ["16.1.2", "20.1.2", "5.41.6"],
            "sha256:2e4fafc0810041fed9148a005d41a468c89db1e1d39f7e8fad056b0f9fa9fec8",
        ),
    ],
)
def test_the_digest_is_the_one_that_helm_wrote(asked: list[Dependency], pinned: list[str], written: str) -> None:
    pins: list[Dependency] = [
        {"name": one["name"], "version": version, "repository": one["repository"]}
        for one, version in zip(asked, pinned, strict=True)
    ]
    assert digest(asked, pins) == written


def test_the_digest_is_over_json_as_go_writes_it() -> None:
    """The digest is that of Go's encoding/json: ``<``, ``>`` and ``&`` escaped, other text as it is."""
    asked: Dependency = {
        "name": "wéb",
        "version": ">=1.0 <3&",
        "repository": "",
        "enabled": True,
        "import-values": ["x", {"child": "c", "parent": "p"}],
        "alias": "w",
    }
    pin: Dependency = {"name": "wéb", "version": "2.0.0", "repository": ""}
    assert digest([asked], [pin]) == "sha256:a1798fdac73de2775128104b1eff6fcfbe0043c0920ef7aef2685ed1027c4b41"


def test_a_lock_that_does_not_fit_is_not_built_upon() -> None:
    contents = {"c/Chart.yaml": chart(), "c/Chart.lock": lock(asked="1.1.0", version="1.1.0")}
    error = refused(contents, file="Chart.yaml", key=KEY)
    assert error.message == "c/Chart.lock does not fit Chart.yaml: Helm refuses to build from it"
    assert error.remedy == "run helm dependency update c once, and commit the lock"
    with pytest.raises(StrategyError, match="does not fit"):
        directory(file="Chart.yaml", key=KEY).current(DictFiles(contents))


def test_a_lock_that_does_not_fit_is_told_when_the_release_is_there_already() -> None:
    contents = {"c/Chart.yaml": chart("1.3.0"), "c/Chart.lock": lock()}
    assert "does not fit Chart.yaml" in refused(contents, file="Chart.yaml", key=KEY).message


def test_a_lock_that_pins_another_spelling_is_refused() -> None:
    contents = {"c/Chart.yaml": chart(), "c/Chart.lock": lock("v1.2.0")}
    message = refused(contents, file="Chart.yaml", key=KEY).message
    assert message == "c/Chart.lock pins web at v1.2.0, Chart.yaml asks for 1.2.0"


@pytest.mark.parametrize("there", ["web-1.2.0.tgz", "web-v1.2.0.tgz", "web/Chart.yaml"])
def test_a_chart_that_lies_in_git_is_not_pretended_to_change(there: str) -> None:
    contents = {"c/Chart.yaml": chart(), f"c/charts/{there}": "", "c/charts/web-api-1.0.0.tgz": ""}
    error = refused(contents, file="Chart.yaml", key=KEY)
    assert error.message == f"c/charts/{there.partition('/')[0]} is in the repository, and Helm would go on using it"


def test_another_chart_that_lies_in_git_is_no_matter() -> None:
    files = DictFiles({"c/Chart.yaml": chart(), "c/charts/web-api-1.0.0.tgz": ""})
    assert directory(file="Chart.yaml", key=KEY).change(files, "1.3.0", []) != Change()


@pytest.mark.parametrize("repository", ['""', "file://../web"])
def test_a_local_chart_has_the_version_of_its_own(repository: str) -> None:
    error = refused({"c/Chart.yaml": chart(repository=repository)}, file="Chart.yaml", key=KEY)
    assert error.message == "c/Chart.yaml takes web from the repository itself: its version is that chart's own"


def test_the_alias_of_a_repository_counts_as_its_address() -> None:
    files = DictFiles({"c/Chart.yaml": chart(repository='"@acme"'), "c/Chart.lock": lock()})
    edits = {edit.path: edit.after for edit in directory(file="Chart.yaml", key=KEY).change(files, "1.3.0", []).edits}
    assert edits["c/Chart.lock"] == lock("1.3.0", "1.3.0").encode()


def test_requirements_of_old_charts_have_a_lock_too() -> None:
    files = DictFiles({"c/requirements.yaml": chart(), "c/requirements.lock": lock()})
    edits = directory(file="requirements.yaml", key=KEY).change(files, "1.3.0", []).edits
    assert {edit.path for edit in edits} == {"c/requirements.yaml", "c/requirements.lock"}


def test_two_dependencies_are_promoted_on_each_others_result() -> None:
    both = chart() + chart().partition("dependencies:\n")[2].replace("web", "api")
    pins: list[Dependency] = [{"name": name, "version": "1.2.0", "repository": REPOSITORY} for name in ("web", "api")]
    written = lock().partition("digest")[0] + lock().partition("digest")[0].partition("\n")[2].replace("web", "api")
    files = DictFiles({"c/Chart.yaml": both, "c/Chart.lock": f"{written}digest: {digest(pins, pins)}\n"})
    web, api = (directory(file="Chart.yaml", key=f"dependencies[name={name}].version") for name in ("web", "api"))
    first = {edit.path: edit.after or b"" for edit in web.change(files, "1.3.0", []).edits}
    second = Overlay(files, first)
    after = {edit.path: edit.after or b"" for edit in api.change(second, "2.0.0", []).edits}
    assert (web.current(Overlay(second, after)), api.current(Overlay(second, after))) == ("1.3.0", "2.0.0")


# --- chart versions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "release", "written"),
    [
        ("1.2.0", "v1.3.0", "1.3.0"),
        ("1.2.0", "1.3.0", "1.3.0"),
        ("v1.2.0", "1.3.0", "v1.3.0"),
        ("1.2.0", "v1.3.0-rc.1+a5", "1.3.0-rc.1+a5"),
        ('""', "v1.3.0", "v1.3.0"),
    ],
)
def test_the_charts_before_say_whether_a_version_has_a_v(present: str, release: str, written: str) -> None:
    files = DictFiles({"c/Chart.yaml": chart(present)})
    strategy = directory(file="Chart.yaml", key=KEY)
    (edit,) = strategy.change(files, release, []).edits
    assert strategy.current(DictFiles({edit.path: edit.after or b""})) == written
    assert strategy.canonical(files, release) == written


def test_a_release_keeps_its_name_where_an_environment_is_not_ready_for_it() -> None:
    strategy = directory(file="Chart.yaml", key=KEY)
    for contents in ({"c/x": ""}, {"c/Chart.yaml": chart("1.x")}, {"c/Chart.yaml": "a: b\n"}):
        assert strategy.canonical(DictFiles(contents), "v1.3.0") == "v1.3.0"


def test_other_values_are_written_as_the_release_is_called() -> None:
    files = DictFiles({"c/values.yaml": "version: 1.2.0\n"})
    strategy = directory(file="values.yaml", key="version")
    (edit,) = strategy.change(files, "v1.3.0", []).edits
    assert (edit.after, strategy.canonical(files, "v1.3.0")) == (b"version: v1.3.0\n", "v1.3.0")


@pytest.mark.parametrize("release", ["latest", "1.3", "sha256:" + "a" * 64, "1.3.0@sha256:" + "a" * 64])
def test_what_cannot_be_a_charts_version_is_refused(release: str) -> None:
    error = refused({"c/Chart.yaml": chart()}, release, file="Chart.yaml", key=KEY)
    assert error.message == f"{release} is not a chart's version, and c/Chart.yaml names one"


@pytest.mark.parametrize(
    "present", ["1.x", "v1.2.x", '">=1.0"', "^1.2.0", "~1.2", '"*"', "1.2.*", '"1.0 - 2.0"', "1 || 2"]
)
@pytest.mark.parametrize("file", ["Chart.yaml", "values.yaml"])
def test_a_version_range_is_no_release(file: str, present: str) -> None:
    with pytest.raises(StrategyError) as caught:
        directory(file=file, key=KEY).current(DictFiles({f"c/{file}": chart(present)}))
    found = present.strip('"')
    assert caught.value.message == f"c/{file}:4:12: {KEY} is {found!r}, a version range and not a release"
    assert caught.value.remedy == "write the version that runs now in its place, once, by hand"


def test_half_a_version_is_a_range_to_helm() -> None:
    error = refused({"c/Chart.yaml": chart("1.2")}, file="Chart.yaml", key=KEY)
    assert error.message == "c/Chart.yaml:4:12: '1.2' is not the whole version of a chart: Helm takes it for a range"


# --- Applications ------------------------------------------------------------------------------------

PARAMETERS = "spec: {source: {helm: {parameters: [{name: image.tag, value: v1%s}]}}}\n"
PARAMETER = "spec.source.helm.parameters[name=image.tag].value"


@pytest.mark.parametrize("release", ["1234567", "0", "-5", "true", "NULL"])
def test_a_parameter_that_helm_would_not_take_for_a_text_is_refused(release: str) -> None:
    error = refused({"c/a.yaml": PARAMETERS % ""}, release, file="a.yaml", key=PARAMETER)
    assert f"Helm would read {release} as a number, true, false or null" in error.message
    assert error.remedy == "add forceString: true to this parameter"


@pytest.mark.parametrize(
    ("more", "release", "written"),
    [
        (", forceString: true", "1234567", '"1234567"'),
        ("", "1.30", '"1.30"'),
        ("", "0123", '"0123"'),
        ("", "1e3", '"1e3"'),
        ("", "v1.3.0", "v1.3.0"),
    ],
)
def test_a_parameter_stays_a_text(more: str, release: str, written: str) -> None:
    files = DictFiles({"c/a.yaml": PARAMETERS % more})
    (edit,) = directory(file="a.yaml", key=PARAMETER).change(files, release, []).edits
    assert edit.after == (PARAMETERS % more).replace("v1", written).encode()


IMAGES = "spec.source.kustomize.images"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[app:v1, 'app=x:v2']", "two entries for the image app, in lines 1 and 1"),
        ("['a=app:v1', 'b=app:v2']", "two entries for the image app"),
        ("app:v1", f"{IMAGES} should be a list of images"),
        ("[{name: app}]", ":1:38: a mapping stands here"),
        ("['app:v1', *x]", "*x refers to no anchor"),
    ],
)
def test_an_image_list_that_cannot_be_promoted_says_why(content: str, message: str) -> None:
    text = f"spec: {{source: {{kustomize: {{images: {content}}}}}}}\n"
    assert message in refused({"c/a.yaml": text}, file="a.yaml", key=IMAGES, image="app").message


def test_the_name_before_the_image_that_stands_in_for_it_is_looked_at_first() -> None:
    files = DictFiles({"c/a.yaml": "spec: {source: {kustomize: {images: ['x=app:v1', 'app=y:v2']}}}\n"})
    assert directory(file="a.yaml", key=IMAGES, image="app").current(files) == "v2"


def test_an_entry_without_a_release_is_none_yet_and_gets_one() -> None:
    files = DictFiles({"c/a.yaml": "spec: {source: {kustomize: {images: ['app=y:5000/z']}}}\n"})
    strategy = directory(file="a.yaml", key=IMAGES, image="app")
    (edit,) = strategy.change(files, "v2", []).edits
    assert (strategy.current(files), edit.after) == (
        None,
        files.contents["c/a.yaml"].replace(b"y:5000/z", b"y:5000/z:v2"),
    )


def test_a_list_is_not_added_to_one_of_several_documents_by_guessing() -> None:
    two = {"c/a.yaml": "spec: {source: {path: x}}\n---\nspec: {source: {path: y}}\n"}
    error = refused(two, file="a.yaml", key=IMAGES, image="app")
    assert f"no document has {IMAGES}" in error.message
    assert error.remedy == "say with document: which one should have it"


def test_a_list_is_not_added_where_there_is_no_source() -> None:
    error = refused({"c/a.yaml": "spec: {sources: []}\n"}, file="a.yaml", key=IMAGES, image="app")
    assert "no key 'source' (did you mean \"sources\"?)" in error.message


# --- document: ---------------------------------------------------------------------------------------

TWO = "kind: A\nmetadata: {name: web}\nv: v1\n---\nkind: A\nmetadata: {name: api}\nv: v1\n"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"kind": "B"}, "c/a.yaml has no document B (known: A web, A api)"),
        ({"kind": "A", "name": "wep"}, 'c/a.yaml has no document A wep (did you mean "A web"?)'),
        ({"name": "web", "namespace": "x"}, 'c/a.yaml has no document x/web (did you mean "A web"?)'),
        ({"kind": "A"}, "c/a.yaml:5:1: several documents are A (lines 1, 5)"),
    ],
)
def test_a_document_that_is_not_there_or_not_alone_is_told(choice: dict[str, str], message: str) -> None:
    assert refused({"c/a.yaml": TWO}, file="a.yaml", key="v", document=choice).message == message


def test_a_path_that_several_documents_have_asks_for_the_document() -> None:
    error = refused({"c/a.yaml": TWO}, file="a.yaml", key="v")
    assert error.message == "c/a.yaml:7:4: several documents have v (lines 3, 7)"
    assert error.remedy == "choose one with document:, or keep each in a file of its own"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"document": {}, "file": "a.yaml", "key": "v"}, "give kind, name or namespace"),
        ({"document": {"name": "web"}, "image": "app"}, "document needs file"),
        ({"document": {"title": "web"}, "file": "a.yaml", "key": "v"}, "Extra inputs are not permitted"),
        ({"document": {"name": "{stage}"}, "file": "a.yaml", "key": "v"}, "unknown placeholder {stage}"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        directory(**options)
    assert message in str(caught.value)
