"""Reports in JUnit's XML, of good writers and of hostile ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promontory.model import CaseReport, FailedCase
from promontory.suites import junit
from promontory.suites.junit import read_reports

PYTEST = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.1">
  <testcase classname="tests.test_web" name="test_works" time="0.01"/>
  <testcase classname="tests.test_web" name="test_adds" time="0.01">
    <failure message="assert 3 == 4&#10;  +3">Traceback …</failure></testcase>
  <testcase classname="tests.test_web" name="test_later"><skipped message="not yet"/></testcase>
  <testcase classname="tests.test_web" name="test_setup"><error>

    the fixture broke
    more</error></testcase>
</testsuite></testsuites>
"""


def report(tmp_path: Path, *contents: str | bytes, pattern: str = "*.xml") -> CaseReport:
    for number, content in enumerate(contents):
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / f"{number}.xml").write_bytes(data)
    return read_reports(tmp_path, pattern)


def test_a_report_is_counted_and_its_failed_cases_are_named(tmp_path: Path) -> None:
    assert report(tmp_path, PYTEST) == CaseReport(
        tests=4,
        failed=2,
        skipped=1,
        cases=(
            FailedCase(name="tests.test_web.test_adds", message="assert 3 == 4"),
            FailedCase(name="tests.test_web.test_setup", message="the fixture broke"),
        ),
    )


def test_several_reports_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.xml").write_text("<testsuite><testcase name='b'/></testsuite>")

    found = report(tmp_path, "<testsuite><testcase name='a'/></testsuite>", pattern="**/*.xml")

    assert (found.tests, found.failed, found.problem) == (2, 0, "")


def test_a_test_that_only_passed_when_it_was_run_again_has_passed(tmp_path: Path) -> None:
    flaky = "<testsuite><testcase name='a'><flakyFailure message='once'/></testcase></testsuite>"

    assert report(tmp_path, flaky).failed == 0


def test_names_in_a_namespace_are_understood(tmp_path: Path) -> None:
    text = "<j:testsuite xmlns:j='urn:j'><j:testcase name='a'><j:failure message='no'/></j:testcase></j:testsuite>"

    assert report(tmp_path, text).cases == (FailedCase(name="a", message="no"),)


def test_control_characters_do_not_survive(tmp_path: Path) -> None:
    text = "<testsuite><testcase name='a&#9;b'><failure message='x &#x202e;y &#x85;z'/></testcase></testsuite>"

    (case,) = report(tmp_path, text).cases

    assert case.name.isprintable()
    assert case.message.isprintable()


LAUGHS = """<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<testsuite><testcase name="&c;"/></testsuite>"""
OUTSIDE = """<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<testsuite><testcase name="a"><failure message="no">&x;</failure></testcase></testsuite>"""
DTD = '<!DOCTYPE t SYSTEM "http://evil.example/t.dtd"><testsuite/>'


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, DTD], ids=["entities", "external entity", "external DTD"])
def test_document_types_and_entities_are_refused(tmp_path: Path, text: str) -> None:
    found = report(tmp_path, text)

    assert found.problem == ("0.xml cannot be read: it declares a document type or entities, which reports do not need")
    assert found.tests == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is no XML: no element found"),
        (b"<testsuite>", "it is no XML: no element found"),
        (b"not xml at all", "it is no XML: syntax error"),
        (b"<a></b>", "it is no XML: mismatched tag"),
        (b"\xff\xfe\x00", "it is no XML: "),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "it is no XML: "),
        (b"\x00" * 100, "it is no XML: "),
    ],
)
def test_what_is_no_xml_is_a_problem_that_names_the_file(tmp_path: Path, content: bytes, why: str) -> None:
    assert report(tmp_path, content).problem.startswith(f"0.xml cannot be read: {why}")


def test_what_was_read_before_the_problem_is_kept(tmp_path: Path) -> None:
    found = report(tmp_path, "<testsuite><testcase name='a'/></testsuite>", "<oops")

    assert (found.tests, found.problem[:20]) == (1, "1.xml cannot be read")


def test_no_file_is_a_problem(tmp_path: Path) -> None:
    assert report(tmp_path).problem == "no file matches *.xml"


class TestBounds:
    def test_a_report_that_is_too_large_is_not_read_to_its_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(junit, "MOST_BYTES", 2 * 1024 * 1024)
        text = f"<testsuite><testcase name='a'/>{' ' * 3 * 1024 * 1024}</testsuite>"

        assert report(tmp_path, text).problem == "0.xml cannot be read: the reports are larger than 2 MB"

    def test_the_bound_is_for_all_of_them_together(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(junit, "MOST_BYTES", 1024 * 1024)
        half = f"<testsuite>{' ' * 700 * 1024}</testsuite>"

        assert report(tmp_path, half, half).problem.startswith("1.xml cannot be read: the reports are larger than")

    def test_too_many_files_are_a_problem(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(junit, "MOST_FILES", 3)

        assert report(tmp_path, *["<testsuite/>"] * 4).problem == "more than 3 files match *.xml"

    def test_only_so_many_failed_cases_are_kept_and_all_are_counted(self, tmp_path: Path) -> None:
        case = "<testcase name='{}'><failure message='{}'/></testcase>"
        text = "".join(case.format("n" * 1000, "m" * 5000) for _ in range(100))

        found = report(tmp_path, f"<testsuite>{text}</testsuite>")

        assert (found.failed, len(found.cases)) == (100, 20)
        assert len(found.cases[0].name) == 200
        assert len(found.cases[0].message) == 300

    def test_deep_nesting_and_endless_text_cost_nothing(self, tmp_path: Path) -> None:
        deep = "<a>" * 200_000 + "</a>" * 200_000
        text = f"<testsuite>{deep}<testcase name='a'><failure>{'x&#10;' * 100_000}</failure></testcase></testsuite>"

        found = report(tmp_path, text)

        assert (found.tests, found.cases[0].message) == (1, "x")


class TestFiles:
    def test_links_are_not_followed(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "secret.xml").write_text("<testsuite><testcase name='secret'/></testsuite>")
        inside = tmp_path / "inside"
        (inside / "reports").mkdir(parents=True)
        (inside / "reports" / "link.xml").symlink_to(outside / "secret.xml")
        (inside / "away").symlink_to(outside)

        assert read_reports(inside, "reports/*.xml").problem == "no file matches reports/*.xml"
        assert read_reports(inside, "away/*.xml").problem == "no file matches away/*.xml"

    def test_a_pipe_does_not_keep_us_waiting(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.xml")

        assert read_reports(tmp_path, "*.xml").problem == "no file matches *.xml"
