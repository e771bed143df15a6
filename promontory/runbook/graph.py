"""The pipeline as a Mermaid graph, which GitHub, GitLab and Gitea draw."""

from __future__ import annotations

from promontory.config import Config, Environment
from promontory.escaping.markdown import fence
from promontory.escaping.mermaid import label
from promontory.runbook.calendar import windows_of
from promontory.runbook.words import counted, lasting


def pipeline_graph(config: Config) -> str:
    """One box for each environment, one arrow for each `after`; what has to be given stands on the arrows."""
    # Names of environments may be words of Mermaid's own, such as `end`: the boxes have ids.
    ids = {name: f"e{number}" for number, name in enumerate(config.environments)}
    boxes = [f'    {ids[name]}["{_box(name, it)}"]' for name, it in config.environments.items()]
    arrows = [
        f"    {ids[before]} {_arrow(config, name)} {ids[name]}"
        for name, environment in config.environments.items()
        for before in environment.after
    ]
    starts = [
        f"    release((release)) {_arrow(config, name)} {ids[name]}"
        for name, environment in config.environments.items()
        if not environment.after
    ]
    return fence("\n".join(["flowchart LR", *boxes, *starts, *arrows]), "mermaid")


def _box(name: str, environment: Environment) -> str:
    lines = [f"<b>{label(name)}</b>"]
    if environment.test:
        lines.append(counted(len(environment.test), "test") + " before")
    lines.append(counted(len(environment.verify), "check") + " after" if environment.verify else "not verified")
    if environment.soak:
        lines.append(f"watched for {lasting(environment.soak)}")
    return "<br/>".join(lines)


def _arrow(config: Config, name: str) -> str:
    environment = config.environments[name]
    rule = environment.approval
    wanted = [counted(rule.required, "approval")] if rule else []
    wanted += ["pull request"] if environment.deliver.by_request else []
    wanted += ["in its windows"] if windows_of(config, name) else []
    return f'-- "{", ".join(wanted)}" -->' if wanted else "-->"
