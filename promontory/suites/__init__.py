"""The suites that can be written under ``test:``; a new one is one file and one line here."""

from __future__ import annotations

from promontory.options import Kinds, KindsByName
from promontory.suites.contract import Suite

SUITES: Kinds[Suite] = KindsByName(
    __name__,
    {
        "command": "command:CommandSuite",
        "commit-status": "commit_status:CommitStatusSuite",
        "github-workflow": "github_workflow:GitHubWorkflowSuite",
        "gitlab-pipeline": "gitlab_pipeline:GitLabPipelineSuite",
        "http": "http:HttpSuite",
        "job": "job:JobSuite",
    },
)
