"""The suites that can be written under ``test:``; a new one is one file and one line here."""

from __future__ import annotations

from promontory.options import Kinds
from promontory.suites.command import CommandSuite
from promontory.suites.commit_status import CommitStatusSuite
from promontory.suites.contract import Suite
from promontory.suites.github_workflow import GitHubWorkflowSuite
from promontory.suites.gitlab_pipeline import GitLabPipelineSuite
from promontory.suites.http import HttpSuite
from promontory.suites.job import JobSuite

SUITES: Kinds[Suite] = {
    "command": CommandSuite,
    "commit-status": CommitStatusSuite,
    "github-workflow": GitHubWorkflowSuite,
    "gitlab-pipeline": GitLabPipelineSuite,
    "http": HttpSuite,
    "job": JobSuite,
}
