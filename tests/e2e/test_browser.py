"""A person approves in the Prefect UI, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

browsing = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with browsing.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 1100})
        page.set_default_timeout(PATIENCE * 1000)
        yield page
        browser.close()


def test_a_person_sees_the_change_and_approves_it(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, page: Page
) -> None:
    stage = make_stage({"staging": {"approval": {}}})
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(run, "Suspended")
    digest = stage.entries("staging")[-1].digest or ""

    page.goto(f"{api.url}/runs/flow-run/{run}")
    page.get_by_role("button", name="Resume").click()
    form = page.locator(".p-modal", has_text="Resume Flow Run")
    form.get_by_text("Approve web-app v1.3.0 for staging?").wait_for()
    seen = form.inner_text()
    form.locator("button.p-select-button__control").press("ArrowDown")
    page.get_by_text("approve", exact=True).click()
    name, note = form.locator("textarea").all()
    name.fill("Alice <alice@acme.example>")
    note.fill("seen in the browser")
    form.get_by_role("button", name="Submit").click()

    api.wait_for(run, "Completed")
    assert all(word in seen for word in ("web-app", "staging", "v1.2.0", "v1.3.0")), seen
    assert "+    newTag: v1.3.0" in seen
    # A long digest is broken into pieces, for a narrow form.
    assert digest.removeprefix("sha256:") in "".join(seen.split()), seen
    approved = next(entry for entry in stage.entries("staging") if entry.kind == "approved")
    assert (approved.by, approved.reason) == ("Alice <alice@acme.example>", "seen in the browser")
    assert approved.digest == digest
    assert_agreement(stage, ("staging",))
