"""The flux strategy: what it refuses, in which words, and what golden folders cannot show."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from promontory.change import Change
from promontory.errors import StrategyError
from promontory.options import Remark
from promontory.strategies.flux import FluxStrategy
from tests.strategies.files import DictFiles

DIGEST = "sha256:" + "a" * 64
POLICY = "flux-system:web-app"


def mark(suffix: str = "", policy: str = POLICY) -> str:
    return f'# {{"$imagepolicy": "{policy}{suffix}"}}'


TAG, DIG, NAME, BARE = mark(":tag"), mark(":digest"), mark(":name"), mark()


def flux(**options: Any) -> FluxStrategy:
    return FluxStrategy.model_validate({"kind": "flux", "path": "staging", "policy": POLICY, **options})


def staging(text: str, **others: str) -> DictFiles:
    return DictFiles({"staging/a.yaml": text, **others})


def refused(text: str, release: str = "v9", **others: str) -> StrategyError:
    with pytest.raises(StrategyError) as caught:
        flux().change(staging(text, **others), release, [])
    return caught.value


# --- options -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"policy": "web-app"}, "'web-app' is not an ImagePolicy: write namespace:name, as in the markers"),
        ({"policy": "flux-system/web-app"}, "is not an ImagePolicy"),
        ({"policy": "flux-system:"}, "is not an ImagePolicy"),
        ({"policy": "Flux:web"}, "is not an ImagePolicy"),
        ({"policy": "a:b:c"}, "is not an ImagePolicy"),
        ({"policy": "flux-system:web-app:tag"}, "leave :tag away: every marker of the policy belongs to the release"),
        ({"policy": "flux-system:{release}"}, "only {application} and {environment} are filled in here"),
        ({"policy": "flux-system:{app}"}, "unknown placeholder {app}"),
        ({"path": "../staging"}, "contains .."),
        ({"image": "app"}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_a_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        flux(**options)
    assert message in str(caught.value)


@pytest.mark.parametrize("policy", ["flux-system:{application}", "{environment}:{application}-{environment}", "a:b.c"])
def test_placeholders_may_stand_in_a_policy(policy: str) -> None:
    assert flux(policy=policy).policy == policy


def test_the_whole_repository_can_be_an_environment() -> None:
    files = DictFiles({"a.yaml": f"tag: v1 {TAG}\n", "deep/b.yaml": f"tag: v1 {TAG}\n"})
    strategy = flux(path=".")

    assert strategy.current(files) == "v1"
    assert [edit.path for edit in strategy.change(files, "v2", []).edits] == ["a.yaml", "deep/b.yaml"]


# --- what is not there -------------------------------------------------------------------------------


def test_a_directory_that_is_missing_is_named() -> None:
    with pytest.raises(StrategyError, match="there is no directory staging"):
        flux().current(DictFiles({"production/a.yaml": f"tag: v1 {TAG}\n"}))


def test_without_a_marker_those_that_are_there_are_named() -> None:
    other, third = mark(":tag", "flux-system:web-ap"), mark("", "apps:api")
    error = refused(f"a: v1 {other}\nb: v1 {third}\n")

    assert error.message == (
        'staging has no marker for flux-system:web-app (did you mean "flux-system:web-ap"?): '
        "the markers there name apps:api, flux-system:web-ap"
    )
    assert error.remedy == 'correct path: or policy:, or mark the image with # {"$imagepolicy": "flux-system:web-app"}'


def test_of_very_many_other_markers_a_few_are_named() -> None:
    text = "".join(f"k{number}: v1 {mark('', f'a:app-{number:02}')}\n" for number in range(30))

    assert refused(text).message.endswith("a:app-08, a:app-09 and 20 more")


def test_without_any_marker_that_is_said() -> None:
    assert refused("tag: v1\n").message == "staging has no marker for flux-system:web-app: there are no markers at all"


def test_name_markers_alone_are_no_release() -> None:
    assert refused(f"image: app {NAME}\n").message == "flux-system:web-app has only :name markers below staging"


def test_markers_that_are_not_in_force_are_told_where_there_is_no_other() -> None:
    error = refused(
        f"a: v1 {TAG} keep\n",
        **{
            "staging/b.yaml": f"{TAG}\nb: v1\n",
            "staging/c.yaml": f"c: [v1 {TAG}",
            "staging/d.yaml": f"- v1 {TAG}\n",
        },
    )

    assert error.message == (
        "no marker of flux-system:web-app is in force below staging: "
        "staging/a.yaml:1: the marker is not in force, for Flux neither: it must be the whole comment; "
        "staging/b.yaml: it names flux-system:web-app, but not in the comment of a value; "
        "staging/c.yaml: the file is skipped, by Flux too: staging/c.yaml:2:1: not YAML: did not find expected ',' "
        "or ']'; "
        "staging/d.yaml: the file is skipped, by Flux too: a document in it is not a mapping"
    )


def test_a_marker_that_is_not_json_is_an_error_even_beside_good_ones() -> None:
    error = refused('a: v1\nb: v1 # {"$imagepolicy": "flux-system:web-app:tag"\n', **{"staging/b.yaml": f"b: v1 {TAG}"})

    assert error.message == (
        'staging/a.yaml:2:4: the marker here is not JSON: {"$imagepolicy": "flux-system:web-app:tag"'
    )
    assert error.remedy == 'write # {"$imagepolicy": "flux-system:web-app"}, or take the comment away'


@pytest.mark.parametrize("policy", ["flux-system:api", "flux-system:web-app-2", "my-flux-system:web-app"])
def test_a_broken_marker_of_another_policy_disturbs_nobody(policy: str) -> None:
    files = staging(f'a: v1 # {{"$imagepolicy": "{policy}"\nb: v1 {TAG}\n')

    assert flux().current(files) == "v1"


def test_a_policy_whose_name_begins_alike_is_not_remarked() -> None:
    files = staging(f"a: v1 {TAG}\n", **{"staging/b.yaml": f"b: v1 {mark(':tag', 'flux-system:web-app-2')}\n"})

    assert flux().remarks(files, "main") == ()


def test_files_that_are_passed_over_are_told_when_it_is_promoted(caplog: pytest.LogCaptureFixture) -> None:
    files = staging(f"tag: v1 {TAG}\n", **{"staging/b.yaml": f"{{{{ x }}}}\nb: v1 {TAG}\n"})
    with caplog.at_level(logging.WARNING, "promontory.strategies"):
        flux().change(files, "v2", [])

    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["staging/b.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"x: {'[' * 101}\ntag: v1 {TAG}\n", "nested deeper than 100 levels"),
        (f"x: &x a\ny: [{'*x, ' * 10_001}]\ntag: v1 {TAG}\n", "more than 10000 aliases"),
        (f"x: {'a' * 10 * 1024 * 1024}\ntag: v1 {TAG}\n", "staging/b.yaml is 10.0 MB: files up to 10 MB are edited"),
        (f"tag: v1 {TAG}\ntag: v2\n", "duplicate key 'tag'"),
    ],
)
def test_what_flux_may_read_and_we_do_not_stops_the_promotion(text: str, message: str) -> None:
    error = refused(f"tag: v1 {TAG}\n", **{"staging/b.yaml": text})

    assert message in error.message
    assert "staging/b.yaml" in error.message


# --- the release -------------------------------------------------------------------------------------


def test_markers_that_disagree_are_an_error_that_names_the_places() -> None:
    files = staging(f"a: v1 {TAG}\nb: app:v2 {BARE}\n", **{"staging/deep/c.yml": f"\n\nc: {TAG}\nd: '' {TAG}\n"})
    with pytest.raises(StrategyError) as caught:
        flux().current(files)

    assert caught.value.message == (
        "the markers of flux-system:web-app disagree on the release: "
        "v1 in staging/a.yaml:1, app:v2 in staging/a.yaml:2, nothing in staging/deep/c.yml:4"
    )
    assert caught.value.remedy == "make them the same by hand once"


@pytest.mark.parametrize(
    "text",
    [
        f"a: app:v1@{DIGEST} {BARE}\nb: app:v1 {BARE}\n",
        f"a: app:v1 {BARE}\nb: {DIGEST} {DIG}\n",
        f"a: app@{DIGEST} {BARE}\nb: v1 {TAG}\n",
        f"a: {DIGEST} {DIG}\nb: sha256:{'b' * 64} {DIG}\n",
    ],
)
def test_a_digest_that_not_all_have_is_a_disagreement(text: str) -> None:
    assert "disagree on the release" in refused(text).message


@pytest.mark.parametrize(
    ("text", "release"),
    [
        (f"a: '' {TAG}\n", None),
        (f"a: ~ {TAG}\nb: '' {DIG}\n", None),
        (f"a: app {BARE}\nb: app2 {BARE}\n", None),
        (f"a: app:v1 {BARE}\nb: mirror.example/app:v1 {BARE}\nc: v1 {TAG}\n", "v1"),
        (f"a: v1 {TAG}\nb: '' {DIG}\n", "v1"),
        (f"a: v1 {TAG}\nb: {DIGEST} {DIG}\n", f"v1@{DIGEST}"),
        (f"a: other {NAME}\nb: v1 {TAG}\n", "v1"),
        (f"a: 1.10 {TAG}\n", "1.10"),
    ],
)
def test_the_release_is_what_the_markers_say_together(text: str, release: str | None) -> None:
    assert flux().current(staging(text)) == release


@pytest.mark.parametrize(
    ("text", "release", "message", "remedy"),
    [
        (
            f"a: v1 {TAG}\n",
            f"v2@{DIGEST}",
            f"the markers of flux-system:web-app have no place for the digest of v2@{DIGEST}",
            "promote v2, or add a marker flux-system:web-app:digest",
        ),
        (
            f"a: {DIGEST} {DIG}\n",
            f"v2@{DIGEST}",
            f"the markers of flux-system:web-app have no place for the tag of v2@{DIGEST}",
            f"promote {DIGEST}, or add a marker flux-system:web-app:tag",
        ),
        (f"a: {DIGEST} {DIG}\n", "v2", "have no place for the tag of v2", "add a marker flux-system:web-app:tag"),
        (
            f"a: v1 {TAG}\nb: '' {DIG}\n",
            DIGEST,
            f"{DIGEST} has no tag, but staging/a.yaml:1 wants one (flux-system:web-app:tag)",
            f"promote TAG@{DIGEST}",
        ),
        (
            f"a: '' {BARE}\n",
            "v2",
            "staging/a.yaml:1:4: a marker without :tag stands here, but no image",
            "image's name",
        ),
        (f"a: reg/app:v1 {TAG}\n", "v2", ":1:4: 'reg/app:v1' is not a tag", "correct the value or the marker"),
        (f"a: {DIGEST} {TAG}\n", "v2", "is not a tag", "correct the value or the marker"),
        (f"a: v1 {DIG}\n", "v2", "'v1' is not a digest", "correct the value or the marker"),
        (f"a: app:${{TAG}} {BARE}\n", "v2", "'app:${TAG}' is not an image with a release", "correct the value"),
        (f"a: | {TAG}\n  v1\n", "v2", "a block scalar (|) is not edited", "write the value on one line"),
        (f"a: &x v1 {TAG}\nb: *x\n", "v2", "&x is also used by the alias *x in line 2", "write the value out"),
    ],
)
def test_what_cannot_be_written_says_why(text: str, release: str, message: str, remedy: str) -> None:
    error = refused(text, release)

    assert message in error.message
    assert remedy in error.remedy


def test_what_runs_already_is_nothing_to_do() -> None:
    assert flux().change(staging(f"a: app:v1 {BARE}\nb: 'v1' {TAG}\n"), "v1", []) == Change()


def test_two_policies_in_one_file_move_apart() -> None:
    files = staging(f"a: v1 {TAG}\nb: v1 {mark(':tag', 'flux-system:api')}\n")
    (edit,) = flux().change(files, "v2", []).edits

    assert edit.after == files.contents["staging/a.yaml"].replace(b"a: v1", b"a: v2")
    assert flux(policy="flux-system:api").current(files) == "v1"


# --- what is read ------------------------------------------------------------------------------------


class CountingFiles(DictFiles):
    """Remembers which files were read."""

    def __init__(self, contents: Mapping[str, bytes | str]) -> None:
        super().__init__(contents)
        self.read_paths: list[str] = []

    def read(self, path: str) -> bytes | None:
        self.read_paths.append(path)
        return super().read(path)


def test_only_files_that_name_the_policy_are_read() -> None:
    files = CountingFiles(
        {
            "staging/a.yaml": f"a: v1 {TAG}\n",
            "staging/b.yaml": f"b: v1 {mark(':tag', 'flux-system:api')}\n",
            "staging/c.yaml": "c: flux-system:web-app\n",
            "staging/d.yaml": f"d: v1 {mark(':tag', 'flux-system:web-app-2')}\n",
        }
    )
    flux().current(files)

    assert files.read_paths == ["staging/a.yaml"]


# --- remarks -----------------------------------------------------------------------------------------

AUTOMATION = """\
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageUpdateAutomation
metadata: {name: apps, namespace: flux-system}
spec:
  git: {checkout: {ref: {branch: main}}}
  update: {path: ./staging, strategy: Setters}
"""
IMAGE_POLICY = """\
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: {name: web-app, namespace: flux-system}
spec: {policy: {semver: {range: ">=1.0"}}}
"""


def test_an_automation_that_would_overwrite_is_remarked_with_its_place_and_a_remedy() -> None:
    files = staging(f"a: v1 {TAG}\n", **{"flux/auto.yaml": "---\n" + AUTOMATION, "flux/policy.yaml": IMAGE_POLICY})

    assert flux().remarks(files, "main") == (
        Remark(
            "Flux would overwrite what is promoted here: the ImageUpdateAutomation flux-system/apps "
            "(flux/auto.yaml:2) updates staging on main",
            "suspend it (spec.suspend: true), let its spec.update.path not cover staging, or pin the ImagePolicy "
            "flux-system:web-app (flux/policy.yaml:1: semver >=1.0) to one release",
        ),
    )


def test_a_policy_that_lives_elsewhere_is_fine() -> None:
    assert flux().remarks(staging(f"a: v1 {TAG}\n"), "main") == ()


def test_an_automation_for_another_place_is_not_remarked() -> None:
    files = staging(f"a: v1 {TAG}\n", **{"flux/auto.yaml": AUTOMATION.replace("./staging", "./production")})

    assert flux().remarks(files, "main") == ()


def test_a_marker_that_is_not_in_force_is_remarked() -> None:
    (remark,) = flux().remarks(staging(f"a: v1 {TAG}\nb: v1 {TAG} not here\n"), "main")

    assert remark.message.startswith("staging/a.yaml:2: the marker is not in force")
