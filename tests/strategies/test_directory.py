"""The directory strategy: what it refuses, in which words, and what golden folders cannot show."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from promontory.change import Change
from promontory.errors import StrategyError, YamlError
from promontory.strategies import STRATEGIES
from promontory.strategies.contract import Strategy
from promontory.strategies.directory import DirectoryStrategy
from promontory.strategies.image_references import split_reference
from tests.strategies.files import DictFiles

DIGEST = "sha256:" + "a" * 64


def directory(**options: Any) -> DirectoryStrategy:
    return DirectoryStrategy.model_validate({"kind": "directory", "path": "staging", **options})


# --- options -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give image, file and key, or copy"),
        ({"key": "image.tag"}, "key needs file"),
        ({"key": "image.tag", "image": "app"}, "key needs file"),
        ({"file": "values.yaml"}, "file needs key or image"),
        ({"file": "values.yaml", "copy": ["x"]}, "file needs key or image"),
        ({"copy": []}, "give image, file and key, or copy"),
        ({"copy": ["a.yml", "./a.yml"]}, "names a file twice"),
        ({"copy": ["../a.yml"]}, "contains .."),
        ({"copy": "a.yml"}, "valid tuple"),
        ({"image": "app:v1"}, "write 'app'"),
        ({"image": f"app@{DIGEST}"}, "write 'app'"),
        ({"image": "app name"}, "white space"),
        ({"image": ""}, "at least 1 character"),
        ({"image": "{app}"}, "unknown placeholder {app}"),
        ({"file": "values.yaml", "key": "a..b"}, "is not a path into a YAML file, at character 2"),
        ({"image": "app", "tag": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_a_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        directory(**options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "at least 1 character"),
        ("  ", "is empty"),
        ("/etc", "begins with /"),
        ("apps/../../etc", "contains .."),
        ("apps\\web", "backslash"),
        ("apps\0", "control characters"),
        ("apps\nweb", "control characters"),
        (".git/hooks", ".git"),
        ("apps/{release}", "{application} and {environment}"),
        ("apps/{stage}", "unknown placeholder"),
    ],
)
@pytest.mark.parametrize("option", ["path", "file"])
def test_a_path_that_could_leave_the_repository_is_refused(option: str, path: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        directory(**{"key": "tag", "file": "values.yaml", option: path})
    assert message in str(caught.value)


def test_paths_are_brought_into_their_plainest_form() -> None:
    strategy = directory(path="./apps//{environment}/", file="./values.yaml", key="tag")
    assert (strategy.path, strategy.file) == ("apps/{environment}", "values.yaml")


def test_copy_is_called_copy_in_the_file_and_in_the_schema() -> None:
    strategy = DirectoryStrategy(kind="directory", path="staging", copy_files=("a.yml",))
    assert strategy.model_dump(by_alias=True)["copy"] == ("a.yml",)
    assert "copy" in DirectoryStrategy.model_json_schema()["properties"]
    assert STRATEGIES["directory"] is DirectoryStrategy


def test_the_repository_root_can_be_an_environment() -> None:
    files = DictFiles({"kustomization.yaml": "images:\n- {name: app, newTag: v1}\n"})
    strategy = directory(path=".", image="app")
    (edit,) = strategy.change(files, "v2", []).edits
    assert (strategy.current(files), edit.path) == ("v1", "kustomization.yaml")


# --- the kustomization -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"other/x": ""}, "there is no directory staging"),
        ({"staging/x": ""}, "staging has no kustomization.yaml"),
        (
            {"staging/kustomization.yaml": "{}", "staging/Kustomization": "{}"},
            "both kustomization.yaml and Kustomization",
        ),
        ({"staging/kustomization.yaml": ""}, "staging/kustomization.yaml:1:1: not a kustomization"),
        ({"staging/kustomization.yaml": "- a"}, "not a kustomization"),
        ({"staging/kustomization.yaml": "a: 1\n---\nb: 2\n"}, ":3:1: a kustomization is one document"),
        ({"staging/kustomization.yaml": "images: {app: v1}"}, ":1:9: images: should be a list"),
        (
            {"staging/kustomization.yaml": "images:\n- name: app\n  newTag: v1\n- newTag: v2\n  name: app\n"},
            ":4:3: two entries for the image app, in lines 2 and 4",
        ),
        ({"staging/kustomization.yaml": "x: &t v1\nimages:\n- name: app\n  newTag: *t\n"}, ":4:11: *t is an alias"),
        ({"staging/kustomization.yaml": "x: &e {name: app}\nimages:\n- *e\n"}, ":3:3: *e is an alias"),
        (
            {"staging/kustomization.yaml": "images: &i\n- name: app\nx: *i\n"},
            "&i is also used by the alias *i in line 3",
        ),
        ({"staging/kustomization.yaml": "images:\n- name: app\n  newTag: v1\n  newTag: v2\n"}, ":4:3: duplicate key"),
        ({"staging/kustomization.yaml": "images:\n- name: app\n  newTag: [v1]\n"}, ":3:11: a sequence stands here"),
        ({"staging/kustomization.yaml": "images:\n- name: app\n  newTag: |\n    v1\n"}, "a block scalar"),
        ({"staging/kustomization.yaml": b"\xff"}, "not UTF-8"),
        ({"staging/kustomization.yaml": "<html>\n<a: b: c"}, "not YAML"),
    ],
)
def test_a_kustomization_that_cannot_be_promoted_says_why(contents: dict[str, str], message: str) -> None:
    strategy = directory(image="app")
    with pytest.raises(StrategyError) as caught:
        strategy.change(DictFiles(contents), "v9", [])
    assert message in str(caught.value)


def test_an_entry_named_after_the_image_wins_over_one_renamed_to_it() -> None:
    files = DictFiles(
        {"staging/kustomization.yml": "images:\n- {name: x, newName: app, newTag: v1}\n- {name: app, newTag: v2}\n"}
    )
    assert directory(image="app").current(files) == "v2"


@pytest.mark.parametrize(
    "content", ["images:\n", "a: 1\n", "images: []\n", "images:\n- name: app\n", "images: [{name: app, newTag: ''}]"]
)
def test_no_entry_or_no_tag_is_no_release_yet(content: str) -> None:
    assert directory(image="app").current(DictFiles({"staging/kustomization.yaml": content})) is None


# --- image: in a file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("app", ("app", None)),
        ("app:v1", ("app", "v1")),
        ("registry:5000/app", ("registry:5000/app", None)),
        ("registry:5000/app:v1", ("registry:5000/app", "v1")),
        (f"app@{DIGEST}", ("app", DIGEST)),
        (f"registry:5000/app:v1@{DIGEST}", ("registry:5000/app", f"v1@{DIGEST}")),
    ],
)
def test_a_reference_is_repository_and_release(reference: str, parts: tuple[str, str | None]) -> None:
    assert split_reference(reference) == parts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image: ap:v1\n", 'staging/v.yml has no image: app (did you mean "ap"?)'),
        ("a: 1\n", "has no image: app"),
        ("# nothing\n", "has no image: app"),
        ("a: {image: 'app:v1'}\nb: {image: 'app:v2'}\n", "app:v1 in line 1, app:v2 in line 2"),
        ("x: &i app:v1\nimage: *i\n", ":2:8: *i is an alias"),
        ("image: &i app:v1\nx: *i\n", ":1:8: &i is also used by the alias *i in line 2"),
    ],
)
def test_a_patch_that_cannot_be_promoted_says_why(content: str, message: str) -> None:
    with pytest.raises(StrategyError) as caught:
        directory(file="v.yml", image="app").change(DictFiles({"staging/v.yml": content}), "v9", [])
    assert message in str(caught.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(StrategyError, match=r"there is no file staging/v\.yml"):
        directory(file="v.yml", image="app").current(DictFiles({"staging/x": ""}))


# --- a key -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image: {tga: v1}\n", "no key 'tag' (did you mean \"tga\"?)"),
        ("image: app:v1\n", "'tag' needs a mapping to stand in"),
        ("image:\n  tag: registry/app:v1\n", "which is not a release"),
        ("image:\n  tag: {a: b}\n", ":2:8: a mapping stands here"),
        ("", "the file is empty"),
        ("image: {tag: v1}\n---\nimage: {tag: v1}\n", "several documents have image.tag (lines 1, 3)"),
        ("d: &d {tag: v1}\nimage: *d\n", ":2:8: *d is an alias"),
        ("d: &d {tag: v1}\nimage:\n  <<: *d\n  x: y\n", ":3:7: 'tag' comes from the alias *d"),
        ("image: &d {tag: v1}\nx: *d\n", "&d is also used by the alias *d in line 2"),
    ],
)
def test_a_key_that_cannot_be_promoted_says_why(content: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        directory(file="v.yml", key="image.tag").change(DictFiles({"staging/v.yml": content}), "v9", [])
    assert message in str(caught.value)


def test_a_key_of_another_image_is_not_overwritten() -> None:
    files = DictFiles({"staging/v.yml": "image: other:v1\n"})
    with pytest.raises(YamlError, match="names the image 'other', not 'app'"):
        directory(file="v.yml", key="image", image="app").change(files, "v2", [])


def test_a_value_without_its_quotes_gets_them_though_it_reads_the_same() -> None:
    files = DictFiles({"staging/v.yml": "tag: 1.10\n"})
    (edit,) = directory(file="v.yml", key="tag").change(files, "1.10", []).edits
    assert edit.after == b'tag: "1.10"\n'


# --- copies ------------------------------------------------------------------------------------------


def copying(path: str, *names: str) -> DirectoryStrategy:
    return directory(path=path, copy=list(names or ("a.yml", "b.yml")))


def test_the_release_of_copied_files_is_their_content_under_their_names() -> None:
    files = DictFiles(
        {
            "dev/a.yml": "1",
            "dev/b.yml": "2",
            "staging/a.yml": "1",
            "staging/b.yml": "2",
            "eu/a.yml": "12",
            "eu/b.yml": "",
        }
    )
    releases = [copying(path).current(files) for path in ("dev", "staging", "eu")]
    assert releases[0] == releases[1] != releases[2]
    assert copying("dev", "b.yml", "a.yml").current(files) == releases[0]


def test_the_first_environment_that_runs_the_release_is_copied_from() -> None:
    files = DictFiles({"one/a.yml": "old", "two/a.yml": "new", "staging/a.yml": "old"})
    one, two = copying("one", "a.yml"), copying("two", "a.yml")
    (edit,) = copying("staging", "a.yml").change(files, two.current(files) or "", [one, two]).edits
    assert edit.after == b"new"


def test_a_release_that_runs_nowhere_before_is_refused_with_what_runs() -> None:
    files = DictFiles({"dev/a.yml": "1", "staging/a.yml": "0"})
    dev = copying("dev", "a.yml")
    with pytest.raises(StrategyError, match=f"dev runs {dev.current(files)}"):
        copying("staging", "a.yml").change(files, DIGEST, [dev])


def test_copying_needs_an_environment_before() -> None:
    files = DictFiles({"staging/a.yml": "0"})
    with pytest.raises(StrategyError) as caught:
        copying("staging", "a.yml").change(files, DIGEST, [])
    assert "no environment before it" in caught.value.message
    assert "after:" in caught.value.remedy


def test_a_missing_source_file_is_named() -> None:
    files = DictFiles({"dev/v.yml": "tag: v2", "staging/v.yml": "tag: v1"})
    dev, staging = (directory(path=path, file="v.yml", key="tag", copy=["s.yml"]) for path in ("dev", "staging"))
    with pytest.raises(StrategyError, match=r"dev/s\.yml cannot be copied: no such file"):
        staging.change(files, "v2", [dev])


def test_the_first_environment_has_nothing_to_copy_but_its_own_release() -> None:
    files = DictFiles({"dev/v.yml": "tag: v1", "dev/s.yml": "1"})
    (edit,) = directory(path="dev", file="v.yml", key="tag", copy=["s.yml"]).change(files, "v2", []).edits
    assert (edit.path, edit.after) == ("dev/v.yml", b"tag: v2")


def test_a_copied_file_can_be_the_one_that_names_the_release() -> None:
    files = DictFiles({"dev/kustomization.yaml": "images: [{name: app, newTag: v2}]\n", "staging/x": ""})
    sources: list[Strategy] = [directory(path="dev", image="app")]
    (edit,) = directory(image="app", copy=["kustomization.yaml"]).change(files, "v2", sources).edits
    assert (edit.path, edit.before) == ("staging/kustomization.yaml", None)


def test_nothing_to_change_is_no_edits() -> None:
    files = DictFiles({"dev/a.yml": "1", "staging/a.yml": "1"})
    dev = copying("dev", "a.yml")
    assert copying("staging", "a.yml").change(files, dev.current(files) or "", [dev]) == Change()
