"""What suites get to see of a promotion, and what the ledger keeps of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.cli.events import describe
from promontory.config import Vocabulary, load
from promontory.errors import UsageError
from promontory.model import SuiteResult
from promontory.promotion.code import CodeOf
from promontory.promotion.delivery import deliver
from promontory.promotion.preview import preview
from promontory.promotion.statuses import with_tests
from promontory.promotion.testing import failures, let_through
from promontory.promotion.testing import test_release as run_suites
from promontory.promotion.values import Hop
from promontory.releases import RELEASES
from promontory.repository import create_bare
from promontory.suites import SUITES
from promontory.suites.contract import Files
from tests.promotion.branches import WEB, Branches
from tests.promotion.fakes import VOCABULARY
from tests.promotion.tagged import IN_GIT, MOVING, Tagged
from tests.promotion.world import KUSTOMIZATION, Hops, World, path_of

REAL = Vocabulary(strategies=VOCABULARY.strategies, suites=SUITES, checks=VOCABULARY.checks, releases=RELEASES)


class Place:
    """A world whose dev environment has the suites that a test writes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.worlds: list[World] = []

    def __call__(self, tests: str, releases: str = "", applications: tuple[str, ...] = ("web-app",)) -> Hops:
        strategy = "{{kind: directory, path: 'apps/{0}/{{environment}}', image: acme/{0}}}"
        described = "".join(
            f"  {name}:\n    strategy: {strategy.format(name)}\n{f'    releases: {releases}' if releases else ''}\n"
            for name in applications
        )
        text = f"applications:\n{described}environments:\n  dev:\n    test:\n{tests}"
        config = load(text, file="promontory.yaml", vocabulary=REAL)
        files = {
            path_of("dev", name): KUSTOMIZATION.format(application=name, environment="dev") for name in applications
        }
        create_bare(self.directory / "gitops.git", {"README.md": "# GitOps\n", **files})
        self.worlds.append(World(self.directory, config))
        return Hops(self.worlds[-1].workspace())

    @property
    def world(self) -> World:
        return self.worlds[-1]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for world in made.worlds:
        world.close()


def run(hops: Hops, hop: Hop) -> tuple[SuiteResult, ...]:
    return asyncio.run(run_suites(hops.workspace, hop))


def code(hops: Hops, hop: Hop) -> CodeOf:
    return CodeOf(hops.workspace, hop, hop.members[0])


def tree(hops: Hops, hop: Hop, files: Files, path: str) -> tuple[str | None, str]:
    """What the file holds there, and the commit that it is said to be of."""

    async def look() -> tuple[str | None, str]:
        async with code(hops, hop).tree(files) as found:
            file = found.path / path
            return (file.read_text() if file.is_file() else None), found.commit

    return asyncio.run(look())


class TestWorkingTrees:
    def test_the_repository_is_as_it_is_and_the_plan_as_it_would_be(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true'}\n")
        hop = hops.hop("v1.1.0", "dev")

        before, head = tree(hops, hop, "repository", path_of("dev"))
        after, base = tree(hops, hop, "plan", path_of("dev"))

        assert before
        assert "newTag: v1.0.0 " in before
        assert after == before.replace("v1.0.0", "v1.1.0")
        assert head == base == hops.workspace.repository.head()
        assert place.world.release("dev") == "v1.0.0", "nothing was pushed"

    def test_what_the_plan_does_not_touch_is_there_too(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true'}\n")

        assert tree(hops, hops.hop("v1.1.0", "dev"), "plan", "README.md")[0] == "# GitOps\n"

    def test_a_plan_of_several_applications_is_there_as_a_whole(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true'}\n", applications=("web-app", "api"))
        first, second = hops.hop("v1.1.0", "dev"), hops.hop("v2.0.0", "dev", "api")
        both = first.model_copy(update={"also": (second,)})

        for name, release in (("web-app", "v1.1.0"), ("api", "v2.0.0")):
            found, _ = tree(hops, both, "plan", path_of("dev", name))
            assert found
            assert f"newTag: {release}" in found

    def test_the_plan_of_a_branch_is_the_branch_as_it_would_be(self, tmp_path: Path) -> None:
        branches = Branches.create(tmp_path, {"web-app": ""})
        branches.commit("staging", "host.yaml", "", "host: staging\n")
        branches.release("v1.1.0")
        hops = branches.hops()
        hop = hops.hop("v1.1.0", "staging")

        assert tree(hops, hop, "plan", WEB)[0] == branches.show("dev", WEB)
        assert tree(hops, hop, "plan", "host.yaml")[0] == "host: staging\n"
        branches.world.close()

    def test_the_plan_of_a_tag_that_moves_is_what_it_would_name(self, tmp_path: Path) -> None:
        tagged = Tagged.create(tmp_path, {"web-app": MOVING})
        tagged.world.git("tag", "web-app-dev", "main")
        commit = tagged.release("v1.1.0")
        tagged.commit()
        hops = tagged.hops()

        found, of = tree(hops, hops.hop("v1.1.0", "dev"), "plan", "README.md")

        assert (found, of) == ("# GitOps\nmore\n", commit)
        tagged.world.close()

    def test_each_is_in_a_directory_of_its_own_that_goes_away(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true'}\n")
        hop = hops.hop("v1.1.0", "dev")

        async def look() -> list[Path]:
            async with code(hops, hop).tree("repository") as one, code(hops, hop).tree("repository") as other:
                (one.path / "mark").touch()
                assert not (other.path / "mark").exists()
                return [one.path, other.path]

        assert [path.exists() for path in asyncio.run(look())] == [False, False]

    def test_a_file_at_the_head_can_be_read_alone(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true'}\n")
        files = code(hops, hops.hop("v1.1.0", "dev"))

        assert asyncio.run(files.read("README.md")) == b"# GitOps\n"
        assert asyncio.run(files.read("nothing.yaml")) is None


class TestSource:
    """Which commit a release was made of."""

    def test_of_a_branch_it_is_the_release_itself(self, tmp_path: Path) -> None:
        branches = Branches.create(tmp_path, {"web-app": ""})
        commit = branches.release("v1.1.0")
        branches.release("v1.2.0")
        hops = branches.hops()
        hop = hops.hop("v1.1.0", "staging")

        assert asyncio.run(code(hops, hop).source()).commit == commit
        found, of = tree(hops, hop, "release", WEB)
        assert found
        assert (found.splitlines()[0], of) == ("image: acme/web-app:v1.1.0", commit)
        branches.world.close()

    @pytest.mark.parametrize("options", [IN_GIT, MOVING])
    def test_of_tags_it_is_what_they_name(self, tmp_path: Path, options: str) -> None:
        tagged = Tagged.create(tmp_path, {"web-app": options})
        tagged.world.git("tag", "web-app-dev", "main")
        commit = tagged.release("v1.1.0")
        tagged.commit()
        hops = tagged.hops()

        found = asyncio.run(code(hops, hops.hop("v1.1.0", "dev")).source())

        assert (found.commit, found.git_url) == (commit, None)
        tagged.world.close()

    def test_where_releases_are_tags_of_another_repository_it_is_there(self, place: Place, tmp_path: Path) -> None:
        first = create_bare(tmp_path / "code.git", {"main.py": "print(1)\n"})
        hops = place(
            "      - {kind: command, run: cat main.py, workdir: release}\n",
            releases=f"{{kind: git-tags, repository: '{tmp_path / 'code.git'}', pattern: 'web/{{release}}'}}",
        )
        # No branch leads to it, as with a release branch that is gone.
        tree_id = place.world.git("-C", str(tmp_path / "code.git"), "rev-parse", f"{first}^{{tree}}").strip()
        commit = place.world.git(
            *("-C", str(tmp_path / "code.git"), "-c", "user.name=a", "-c", "user.email=a@b.c"),
            *("commit-tree", tree_id, "-m", "Release"),
        ).strip()
        place.world.git("-C", str(tmp_path / "code.git"), "tag", "web/v1.1.0", commit)
        hop = hops.hop("v1.1.0", "dev")

        assert asyncio.run(code(hops, hop).source()).commit == commit
        (result,) = run(hops, hop)
        assert (result.passed, result.output) == (True, "print(1)\n")

    def test_where_nothing_says_it_it_is_a_failure_that_says_what_to_write(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true', workdir: release}\n")

        (result,) = run(hops, hops.hop("v1.1.0", "dev"))

        assert result.reason == (
            "could not be run: which commit v1.1.0 was made of is not known "
            "(write `releases: {kind: git-tags, repository: …}` for web-app, where its code is)"
        )

    def test_a_tag_that_went_away_is_an_error(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true'}\n", releases="{kind: git-tags}")
        place.world.git("tag", "v1.1.0", "main")
        hops.workspace.repository.sync()
        hop = hops.hop("v1.1.0", "dev")
        place.world.git("tag", "-d", "v1.1.0")
        hops.workspace.repository.sync()

        with pytest.raises(UsageError, match=r"there is no tag v1\.1\.0 in "):
            asyncio.run(code(hops, hop).source())


class TestRecord:
    def test_retries_are_in_the_ledger(self, place: Place) -> None:
        hops = place("      - {kind: command, run: [sh, -c, 'exit 3'], workdir: empty, retries: 2}\n")

        run(hops, hops.hop("v1.1.0", "dev"))

        (entry,) = place.world.entries("dev")
        (suite,) = entry.suites
        assert (entry.kind, suite.outcome, suite.reason) == ("tested", "failed 3 times", "exit code 3")
        assert [attempt.reason for attempt in suite.attempts] == ["exit code 3", "exit code 3"]

    def test_a_failure_that_is_let_through_is_loud_and_stops_nothing(
        self, place: Place, caplog: pytest.LogCaptureFixture
    ) -> None:
        hops = place("      - {kind: command, run: 'false', workdir: empty, continue_on_failure: true}\n")
        hop = hops.hop("v1.1.0", "dev")
        plan = hops.plan(hop)

        results = run(hops, hop)
        pushed = deliver(hops.workspace, hop, plan, results)

        assert (failures(results), let_through(results)) == ("", "command false: exit code 1")
        (record,) = [record for record in caplog.records if "let through" in record.message]
        assert (record.levelno, record.message) == (
            logging.WARNING,
            "test-dev: command false: failed, and is let through: exit code 1",
        )
        tested = next(entry for entry in place.world.entries("dev") if entry.kind == "tested")
        assert tested.suites[0].tolerated
        assert place.world.release("dev") == "v1.1.0"
        assert with_tests(hops.workspace, pushed, "v1.1.0 is in dev") == (
            "v1.1.0 is in dev; failed, and let through: command false"
        )

    def test_the_status_of_a_promotion_that_was_tested_well_says_no_more(self, place: Place) -> None:
        hops = place("      - {kind: command, run: 'true', workdir: empty, continue_on_failure: true}\n")
        hop = hops.hop("v1.1.0", "dev")

        pushed = deliver(hops.workspace, hop, hops.plan(hop), run(hops, hop))

        assert with_tests(hops.workspace, pushed, "fine") == "fine"

    def test_what_failed_is_tested_anew_and_not_taken_up(self, place: Place) -> None:
        """Each time under other keys: a Job that was kept must not answer for the next one."""
        mark = place.directory / "keys"
        hops = place(f"      - {{kind: command, run: [sh, -c, 'echo x >> {mark}; exit 1'], workdir: empty}}\n")
        hop = hops.hop("v1.1.0", "dev")

        run(hops, hop)
        run(hops, hop)

        assert mark.read_text() == "x\nx\n"
        assert [entry.kind for entry in place.world.entries("dev")] == ["tested", "tested"]

    def test_reports_are_in_the_ledger(self, place: Place) -> None:
        report = "<testsuite><testcase name='adds'><failure message='3 is not 4'/></testcase></testsuite>"
        hops = place(f'      - {{kind: command, run: [sh, -c, "echo \\"$0\\" > r.xml", "{report}"], junit: "*.xml"}}\n')

        run(hops, hops.hop("v1.1.0", "dev"))

        (suite,) = place.world.entries("dev")[0].suites
        assert suite.report
        assert [(case.name, case.message) for case in suite.report.cases] == [("adds", "3 is not 4")]

    def test_a_suite_that_wants_a_forge_where_there_is_none_has_failed(self, place: Place) -> None:
        hops = place("      - {kind: github-workflow, workflow: e2e.yml}\n")

        (result,) = run(hops, hops.hop("v1.1.0", "dev"))

        assert result.reason == ("could not be run: there is no forge here (write `forge:` into promontory.yaml)")


def test_a_plan_says_beforehand_whose_failure_would_be_let_through(place: Place) -> None:
    hops = place(
        "      - {kind: command, run: make test}\n"
        "      - {kind: command, run: 'slow {environment}', continue_on_failure: true}\n"
    )

    (hop,) = preview(hops.workspace, "web-app", "v1.1.0", "dev").hops

    assert hop.tests == ("command make test", "command slow dev (a failure is let through)")


def test_history_says_how_often_a_suite_was_tried_and_what_was_let_through(place: Place) -> None:
    hops = place("      - {kind: command, run: 'true'}\n")
    suites = [
        {"name": "smoke", "passed": True, "attempts": [{"reason": "too slow"}, {"reason": "exit code 1"}]},
        {"name": "e2e", "passed": False, "reason": "exit code 2", "tolerated": True},
        {"name": "unit", "passed": True},
    ]

    entry = hops.append("tested", "dev", "v1.1.0", suites=suites)

    assert describe(entry) == (
        "v1.1.0; smoke: passed at the 3rd attempt; e2e: failed, and is let through: exit code 2; unit: passed"
    )


def test_entries_of_before_can_still_be_read() -> None:
    """The ledger keeps results that know nothing of attempts and reports."""
    old = {"name": "make test", "passed": False, "reason": "exit code 1", "output": "", "seconds": 1.5}

    result = SuiteResult.model_validate(old)

    assert (result.outcome, result.blocks) == ("failed", True)
