"""The applicationset strategy: what it refuses, in which words, and what golden folders cannot show."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from promontory.change import Change
from promontory.errors import StrategyError
from promontory.strategies import STRATEGIES
from promontory.strategies.applicationset import ApplicationSetStrategy
from promontory.strategies.copied_files import Overlay
from promontory.strategies.git_files import MAX_FILES
from promontory.yamledit.reading import MAX_BYTES
from tests.strategies.files import DictFiles

LISTED = "kind: ApplicationSet\nspec:\n  generators:\n  - list:\n      elements:\n"
STAGING = "      - {env: staging, imageTag: v1}\n"
GIT = "kind: ApplicationSet\nspec: {generators: [{git: {files: [{path: 'envs/**/config.json'}]}}]}\n"


def applicationset(**options: Any) -> ApplicationSetStrategy:
    defaults = {"kind": "applicationset", "file": "a.yaml", "match": {"env": "staging"}, "key": "imageTag"}
    return ApplicationSetStrategy.model_validate({**defaults, **options})


def refused(contents: dict[str, str | bytes], **options: Any) -> StrategyError:
    with pytest.raises(StrategyError) as caught:
        applicationset(**options).change(DictFiles(contents), "v9", [])
    return caught.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"match": {}}, "at least 1 item"),
        ({"match": {"env": ""}}, "at least 1 character"),
        ({"match": {"env": 1}}, "valid string"),
        ({"match": {"a..b": "x"}}, "is not a path into a YAML file"),
        ({"match": {"env": "{release}"}}, "only {application} and {environment} are filled in here"),
        ({"match": {"env": "{stage}"}}, "unknown placeholder {stage}"),
        ({"key": ""}, "the path is empty"),
        ({"image": "app:v1"}, "write 'app'"),
        ({"file": "../a.yaml"}, "contains .."),
        ({"path": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_a_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        applicationset(**options)
    assert message in str(caught.value)


def test_it_is_registered_by_its_kind() -> None:
    assert STRATEGIES["applicationset"] is ApplicationSetStrategy


# --- no element, or several --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "match", "message"),
    [
        ("      - {env: dev}\n      - {env: stagin}\n", {"env": "staging"}, 'env=staging (did you mean "env=stagin"?)'),
        ("      - {env: dev}\n      - {env: qa}\n", {"env": "staging"}, "env=staging (known: env=dev, env=qa)"),
        (
            "      - {env: staging, region: us}\n      - {env: dev, region: eu}\n",
            {"env": "staging", "region": "eu"},
            'env=staging region=eu (did you mean "env=staging region=us"?)',
        ),
        ("      - {env: dev}\n", {"env": "staging", "region": "eu"}, "(did you mean"),
        ("      - {stage: staging}\n", {"env": "staging"}, "no element of a.yaml has env (known: stage)"),
        ("", {"env": "staging"}, "a.yaml has no element to match env=staging: none in a list, no file"),
    ],
)
def test_an_element_that_is_not_there_is_told_with_those_near_it(
    elements: str, match: dict[str, str], message: str
) -> None:
    error = refused({"a.yaml": LISTED + elements}, match=match)
    assert message in error.message
    assert error.remedy


def test_of_thousands_of_elements_only_some_are_told() -> None:
    elements = "".join(f"      - {{env: e{number:04}}}\n" for number in range(3000))
    error = refused({"a.yaml": LISTED + elements}, match={"env": "nothing-like-it"})
    assert error.message.endswith("env=e0019 and 2980 more)")


def test_several_elements_that_match_are_told_with_their_lines() -> None:
    error = refused({"a.yaml": LISTED + STAGING + STAGING})
    assert error.message == "2 elements match env=staging: a.yaml line 6, a.yaml line 7"
    assert error.remedy == "add keys to match: until one is left, or name: the ApplicationSet"


def test_the_same_element_in_two_applicationsets_needs_a_name() -> None:
    two = f"metadata: {{name: one}}\n{LISTED}{STAGING}---\nmetadata: {{name: two}}\n{LISTED}{STAGING}"
    assert "2 elements match" in refused({"a.yaml": two}).message
    (edit,) = applicationset(name="two").change(DictFiles({"a.yaml": two}), "v2", []).edits
    assert edit.after == "v2".join(two.rsplit("v1", 1)).encode()


@pytest.mark.parametrize(
    ("contents", "options", "message"),
    [
        ({"b.yaml": ""}, {}, "there is no file a.yaml"),
        ({"a.yaml": "kind: Application\n"}, {}, "a.yaml holds no ApplicationSet"),
        ({"a.yaml": ""}, {}, "a.yaml holds no ApplicationSet"),
        (
            {"a.yaml": "kind: ApplicationSet\nmetadata: {name: web}\n"},
            {"name": "wep"},
            'a.yaml has no document ApplicationSet wep (did you mean "ApplicationSet web"?)',
        ),
        (
            {"a.yaml": f"{LISTED}      - {{env: staging, imageTga: v1}}\n"},
            {},
            "a.yaml:6:9: no imageTag here: no key 'imageTag' (did you mean \"imageTga\"?)",
        ),
        ({"a.yaml": f"{LISTED}      - {{env: staging, imageTag: [v1]}}\n"}, {}, ":6:34: a sequence stands here"),
        (
            {"a.yaml": f"{LISTED}      - {{env: staging, imageTag: 1.x}}\n"},
            {},
            "'1.x', a version range and not a release",
        ),
        (
            {"a.yaml": f"{LISTED}      - {{env: staging, imageTag: other:v1}}\n"},
            {"image": "app"},
            "imageTag names the image 'other', not 'app'",
        ),
        (
            {"a.yaml": f"x: &e {{env: staging, imageTag: v1}}\n{LISTED}      - *e\n"},
            {},
            "&e is also used by the alias *e in line 7",
        ),
        ({"a.yaml": "a: [\n"}, {}, "a.yaml:"),
    ],
)
def test_what_cannot_be_promoted_says_why(contents: dict[str, str], options: dict[str, Any], message: str) -> None:
    assert message in refused(dict(contents), **options).message


# --- elementsYaml ------------------------------------------------------------------------------------


def embedded(text: str) -> dict[str, str | bytes]:
    return {"a.yaml": f"kind: ApplicationSet\nspec:\n  generators:\n  - list:\n      elementsYaml: {text}\n"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'{{ .apps | toJson }}'", "a.yaml has no element to match env=staging"),
        ('"{{- range .x }}"', "a.yaml has no element to match env=staging"),
        ("'a: b'", "a.yaml:5:21: elementsYaml should be a list"),
        ("'[a'", "a.yaml (elementsYaml in line 5):2:1: not YAML"),
        ("'[{env: dev}]'", "no element of a.yaml matches env=staging (known: env=dev)"),
        ("'[{env: staging}]'", "a.yaml (elementsYaml in line 5):1:2: no imageTag here"),
        ("'[{env: staging, imageTag: v1}, {env: staging, imageTag: v2}]'", "a.yaml (elementsYaml in line 5) line 1"),
    ],
)
def test_elements_in_a_text_are_refused_with_their_place(text: str, message: str) -> None:
    assert message in refused(embedded(text)).message


# --- merge -------------------------------------------------------------------------------------------


def merged(*children: str, keys: str = "[server]") -> dict[str, str | bytes]:
    generators = "".join(f"      - list: {{elements: [{child}]}}\n" for child in children)
    merge = f"kind: ApplicationSet\nspec:\n  generators:\n  - merge:\n      mergeKeys: {keys}\n      generators:\n"
    return {"a.yaml": merge + generators}


@pytest.mark.parametrize(
    ("children", "release"),
    [
        (("{server: a, env: staging, imageTag: v1}", "{server: b, imageTag: v2}"), "v1"),
        (("{server: a, env: staging, imageTag: v1}", "{server: a, imageTag: v2}"), "v2"),
        (("{server: a, env: staging}", "{server: a, imageTag: v2}"), "v2"),
        (("{server: a, env: staging, imageTag: v1}", "{server: a, x: y}"), "v1"),
        (("{server: a, env: dev, imageTag: v1}", "{server: a, env: staging}"), "v1"),
        (("{server: a, env: staging}", "{server: a, imageTag: v2}", "{server: a, imageTag: v3}"), "v3"),
    ],
)
def test_in_a_merge_the_last_one_with_the_same_merge_keys_counts(children: tuple[str, ...], release: str) -> None:
    assert applicationset().current(DictFiles(merged(*children))) == release


def test_elements_without_the_merge_keys_are_not_merged() -> None:
    contents = merged("{env: staging, imageTag: v1}", "{env: staging, imageTag: v2}")
    assert "2 elements match" in refused(contents).message


# --- git files ---------------------------------------------------------------------------------------


def config(env: str, tag: str = "v1") -> str:
    return f'{{"env": "{env}", "imageTag": "{tag}"}}'


def test_no_file_of_the_git_generator_matches() -> None:
    error = refused({"a.yaml": GIT, "envs/dev/config.json": config("dev"), "other/config.json": config("staging")})
    assert error.message == "no element of a.yaml matches env=staging (known: env=dev)"


def test_several_files_of_the_git_generator_match() -> None:
    error = refused({"a.yaml": GIT, "envs/a/config.json": config("staging"), "envs/b/config.json": config("staging")})
    assert error.message == "2 elements match env=staging: envs/a/config.json line 1, envs/b/config.json line 1"


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"path": "envs/eu/b"}, "v2"),
        ({"path.basename": "b", "path[1]": "eu"}, "v2"),
        ({"path.segments[1]": "eu", "path.filename": "config.json"}, "v2"),
        ({"env": "b"}, "v2"),
    ],
)
def test_a_file_is_found_by_its_path_too(match: dict[str, str], found: str) -> None:
    files = {"a.yaml": GIT, "envs/us/b/config.json": config("a"), "envs/eu/b/config.json": config("b", "v2")}
    assert applicationset(match=match).current(DictFiles(files)) == found


def test_values_of_the_generator_and_a_prefix_of_its_path_parameters_count() -> None:
    generators = (
        "{git: {values: {env: dev}, files: [{path: dev.json}]}}, "
        "{git: {values: {env: staging}, pathParamPrefix: mine, files: [{path: envs/x.json}]}}"
    )
    files = DictFiles(
        {
            "a.yaml": f"kind: ApplicationSet\nspec: {{generators: [{generators}]}}\n",
            "dev.json": '{"imageTag": "v2"}',
            "envs/x.json": '{"imageTag": "v1"}',
        }
    )
    assert applicationset(match={"values.env": "staging", "mine.path.basename": "envs"}).current(files) == "v1"


def test_a_file_that_is_not_json_is_told_by_its_name() -> None:
    assert refused({"a.yaml": GIT, "envs/a/config.json": "{"}).message.startswith("envs/a/config.json:")


def test_globs_that_match_too_much_are_refused() -> None:
    files: dict[str, str | bytes] = {f"envs/{number}.json": config("dev") for number in range(MAX_FILES + 1)}
    generator = "kind: ApplicationSet\nspec: {generators: [{git: {files: [{path: 'envs/*.json'}]}}]}\n"
    error = refused({"a.yaml": generator, **files})
    assert error.message == "more than 5000 files match envs/*.json"
    assert error.remedy == "narrow the git generator's path"


# --- hostile files -----------------------------------------------------------------------------------


def test_a_yaml_bomb_is_refused_without_being_expanded() -> None:
    levels = "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 20)}]\n" for n in range(1, 600))
    error = refused({"a.yaml": f"b0: &b0 [x]\n{levels}{LISTED}{STAGING}"})
    assert error.message.startswith("a.yaml:")
    assert "more than 10000 aliases" in error.message


def test_a_small_bomb_is_not_expanded_either() -> None:
    levels = "".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 9)}]}}\n" for n in range(1, 40))
    files = DictFiles({"a.yaml": f"b0: &b0 {{x: y}}\n{levels}{LISTED}      - {{<<: *b39}}\n{STAGING}"})
    assert applicationset().current(files) == "v1"


def test_a_bomb_inside_of_elements_yaml_is_refused() -> None:
    bomb = "[" + ", ".join(["&a x"] + ["*a"] * 10_001) + "]"
    assert "more than 10000 aliases" in refused(embedded(f"'{bomb}'")).message


def test_generators_that_contain_themselves_come_to_an_end() -> None:
    text = f"{LISTED}{STAGING}  - &g {{matrix: {{generators: [*g]}}}}\n"
    assert applicationset().current(DictFiles({"a.yaml": text})) == "v1"


@pytest.mark.parametrize("path", ["a.yaml", "envs/a/config.json"])
def test_a_file_over_ten_megabytes_is_refused_by_its_name(path: str) -> None:
    contents: dict[str, str | bytes] = {"a.yaml": GIT, path: b" " * (MAX_BYTES + 1)}
    assert refused(contents).message == f"{path} is 10.0 MB: files up to 10 MB are edited"


# --- one after the other -----------------------------------------------------------------------------


def test_two_applications_of_one_file_are_promoted_on_each_others_result() -> None:
    text = f"{LISTED}      - {{app: web, tag: v1}}\n      - {{app: api, tag: v1}}\n"
    web, api = (applicationset(match={"app": name}, key="tag") for name in ("web", "api"))
    files = DictFiles({"a.yaml": text})
    (first,) = web.change(files, "v2", []).edits
    (second,) = api.change(Overlay(files, {"a.yaml": first.after or b""}), "v3", []).edits
    assert second.before == first.after
    assert second.after == text.replace("web, tag: v1", "web, tag: v2").replace("api, tag: v1", "api, tag: v3").encode()


def test_nothing_to_change_is_no_edits() -> None:
    assert applicationset().change(DictFiles({"a.yaml": LISTED + STAGING}), "v1", []) == Change()


def test_the_version_of_a_chart_has_no_v_where_the_charts_before_had_none() -> None:
    files = DictFiles({"a.yaml": f"{LISTED}      - {{env: staging, chart: web, version: 1.2.0}}\n"})
    strategy = applicationset(key="version")
    (edit,) = strategy.change(files, "v1.3.0", []).edits
    assert edit.after == files.contents["a.yaml"].replace(b"1.2.0", b"1.3.0")
    assert strategy.canonical(files, "v1.3.0") == "1.3.0"
    assert strategy.canonical(DictFiles({"a.yaml": LISTED}), "v1.3.0") == "v1.3.0"
