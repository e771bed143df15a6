from __future__ import annotations

from datetime import timedelta

import pytest

from config.samples import APPLICATIONS, ENVIRONMENTS, EXAMPLE, Branch, Folder, problems, read
from promontory.errors import UsageError
from promontory.model import Place
from promontory.releases.registry import Registry


def test_the_example_of_the_design_is_read() -> None:
    config = read(EXAMPLE)

    production = config.environment("production")
    assert list(config.environments) == ["dev", "staging", "production"]
    assert production.after == ("staging",)
    assert production.approval is not None
    assert production.approval.approvers == ("alice@acme.example", "bob@acme.example")
    assert production.approval.expires == timedelta(hours=24)
    assert config.environment("staging").verify[0].model_dump()["consecutive"] == 3
    assert config.application("web-app").releases == Registry(repository="ghcr.io/acme/web-app")
    assert config.repository is None


def test_a_strategy_is_bound_to_its_place() -> None:
    config = read(EXAMPLE)

    dev, production = config.strategy("web-app", "dev"), config.strategy("web-app", "production")

    assert isinstance(dev, Folder)
    assert isinstance(production, Folder)
    assert dev.path == "apps/web-app/overlays/dev"
    assert production.path == "apps/web-app/overlays/prod"
    assert production.image == "ghcr.io/acme/web-app"


def test_placeholders_are_filled_deep_inside_and_a_release_waits() -> None:
    config = read(
        """
        applications:
          web:
            strategy: {kind: directory, path: "{application}/{environment}", copy: ["{environment}-{release}.yml"]}
        environments: {dev: {}}
        """
    )

    strategy = config.strategy("web", "dev")

    assert isinstance(strategy, Folder)
    assert (strategy.path, strategy.copied) == ("web/dev", ("dev-{release}.yml",))


def test_an_override_of_another_kind_takes_nothing_from_the_general_strategy() -> None:
    config = read(
        """
        applications:
          web:
            strategy: {kind: directory, path: "envs/{environment}"}
            environments: {live: {kind: branch, branch: "{environment}"}}
        environments: {dev: {}, live: {after: dev}}
        """
    )

    assert config.strategy("web", "live") == Branch(kind="branch", branch="live")


def test_an_environment_can_be_left_out_and_the_edges_go_through() -> None:
    config = read(
        """
        applications:
          web:
            strategy: {kind: directory, path: "envs/{environment}"}
            environments: {qa: false}
        environments: {dev: {}, qa: {after: dev}, live: {after: [qa]}}
        """
    )

    assert config.place("web", "live") == Place("web", "live", ("dev",))
    assert config.pipeline("web").waves() == (("dev",), ("live",))
    assert config.pipeline().waves() == (("dev",), ("qa",), ("live",))
    with pytest.raises(UsageError, match='"web" does not run in "qa"'):
        config.place("web", "qa")


def test_unknown_names_are_told_with_the_nearest_known_one() -> None:
    config = read(EXAMPLE)

    with pytest.raises(UsageError, match=r'no application "web-ap" .did you mean "web-app"'):
        config.place("web-ap", "dev")
    with pytest.raises(UsageError, match="known: dev, staging, production"):
        config.place("web-app", "moon")


def test_aliases_and_merge_keys_are_read() -> None:
    config = read(
        APPLICATIONS
        + """
environments:
  dev: &dev
    description: shared
    verify: &checks [{kind: http, url: "http://x"}]
  live:
    <<: *dev
    description: live
    after: dev
"""
    )

    assert config.environment("live").verify == config.environment("dev").verify
    assert config.environment("live").description == "live"


def test_the_repository_can_be_named() -> None:
    config = read(APPLICATIONS + ENVIRONMENTS + "repository: {url: 'git@git.example:acme/gitops.git', branch: main}")

    assert config.repository is not None
    assert (config.repository.url, config.repository.branch) == ("git@git.example:acme/gitops.git", "main")


def test_every_problem_is_told_at_once_where_it_is() -> None:
    text = """\
        applications:
          web-app:
            strategy: {kind: directory, path: "a/{environment}/{foo}", imag: x}
            environments:
              prod: {path: b}
              production: {path: 1.10}
          Other: {strategy: {kind: dir}}
        environments:
          dev:
            verfy: []
            test: [{kind: command}, {run: x}, 7]
            verify:
              - {kind: http, url: on, deadline: 5}
          staging:
            after: devv
          a: {after: [b]}
          b: {after: [a, dev]}
          production:
            approval: {required: 3, approvers: [x, y]}
        """

    assert problems(text) == [
        "promontory.yaml:3:33: applications.web-app.strategy.path: unknown placeholder {foo}: "
        "only {application}, {environment}, {release} are filled in",
        'promontory.yaml:3:64: applications.web-app.strategy.imag: unknown key "imag" (did you mean "image"?)',
        "promontory.yaml:5:7: applications.web-app.environments.prod: "
        'no environment "prod" (known: dev, staging, a, b, production)',
        'promontory.yaml:6:20: applications.web-app.environments.production.path: must be text: quote it: "1.10"',
        "promontory.yaml:7:3: applications.Other: 'Other' cannot be a name: "
        "use lower-case letters, digits and '-', at most 63",
        'promontory.yaml:7:22: applications.Other.strategy.kind: unknown kind "dir" (known: directory, branch)',
        'promontory.yaml:10:5: environments.dev.verfy: unknown key "verfy" (did you mean "verify"?)',
        "promontory.yaml:11:12: environments.dev.test[0]: missing: run",
        "promontory.yaml:11:29: environments.dev.test[1]: missing: kind (known: command)",
        "promontory.yaml:11:39: environments.dev.test[2]: must be a mapping with a kind, not 7",
        'promontory.yaml:13:22: environments.dev.verify[0].url: must be text: quote it: "on"',
        "promontory.yaml:13:31: environments.dev.verify[0].deadline: 5 is not a duration: write 90s, 5m, 24h or 2d",
        'promontory.yaml:15:5: environments.staging.after: no environment "devv" (did you mean "dev"?)',
        "promontory.yaml:16:7: environments.a.after: the environments form a circle: a → b → a",
        "promontory.yaml:19:16: environments.production.approval.required: 3 approvals are required, "
        "but only 2 people can give them: x, y",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "promontory.yaml: the file is empty: it needs applications and environments"),
        ("[]", "promontory.yaml:1:1: must be a mapping, not a list"),
        (ENVIRONMENTS, "promontory.yaml:1:1: applications: there are no applications: at least one is needed"),
        (ENVIRONMENTS + "applications: {}", "2:1: applications: there are no applications"),
        (APPLICATIONS, "promontory.yaml:1:1: environments: there are no environments: at least one is needed"),
        (APPLICATIONS + "environments: 5", "2:1: environments: must be a mapping, not 5"),
        (APPLICATIONS + "environments: {dev: []}", "environments.dev: must be a mapping, not a list"),
        (APPLICATIONS + "environments: {dev: {}, no: {}}", 'environments: the key no is not text: quote it: "no"'),
        (APPLICATIONS + "environments: {dev: {approval: }}", "environments.dev.approval: is empty: fill it in"),
        (APPLICATIONS + "environments: {dev: {approval: {required: 0}}}", "approval.required: must be at least 1"),
        (APPLICATIONS + "environments: {dev: {approval: {required: true}}}", "must be a whole number, not true"),
        (APPLICATIONS + "environments: {dev: {approval: {approvers: [a, a]}}}", 'approvers: "a" stands here twice'),
        (APPLICATIONS + "environments: {dev: {approval: {expiress: 1h}}}", '(did you mean "expires"?)'),
        (APPLICATIONS + "environments: {dev: {after: dev}}", "environments.dev.after: comes after itself"),
        (
            APPLICATIONS + "environments: {dev: {after: 5}}",
            "environments.dev.after: must be the name of an environment, or a list of names",
        ),
        (APPLICATIONS + "environments: {dev: {after: {}}}", "after: must be the name of an environment, or a list"),
        (APPLICATIONS + "environments: {dev: {after: [5]}}", 'environments.dev.after[0]: must be text: quote it: "5"'),
        (APPLICATIONS + "environments: {dev: {windws: []}}", 'unknown key "windws" (did you mean "windows"?)'),
        (APPLICATIONS + "environments: {dev: {test: x}}", "environments.dev.test: must be a list, not text"),
        (
            APPLICATIONS + "environments: {dev: {test: [{kind: command, run: {}}]}}",
            "must be text or a list, not a mapping",
        ),
        (
            APPLICATIONS + "environments: {dev: {verify: [{kind: http, url: 'http://x', expect: {stats: 1}}]}}",
            'environments.dev.verify[0].expect.stats: unknown key "stats" (did you mean "status"?)',
        ),
        (
            APPLICATIONS + "environments: {dev: {verify: [{kind: http, url: 'http://x', expect: {status: [200, x]}}]}}",
            "environments.dev.verify[0].expect.status[1]: must be a whole number, not text",
        ),
        (
            APPLICATIONS + "environments: {dev: {verify: [{kind: http, url: 'http://{env}'}]}}",
            "environments.dev.verify[0].url: unknown placeholder {env}",
        ),
        (APPLICATIONS + ENVIRONMENTS + "file: x", 'file: unknown key "file" (known: applications'),
        (APPLICATIONS + ENVIRONMENTS + "repository: {url: '-x'}", "repository.url: this is no repository"),
        (APPLICATIONS + ENVIRONMENTS + "repository: {url: 'ext::sh -c x'}", "repository.url: this is no repository"),
        (APPLICATIONS + ENVIRONMENTS + "repository: {url: 'ftp://x/y'}", "not ftp"),
        (
            APPLICATIONS + ENVIRONMENTS + "repository: {url: x, branch: -d}",
            "repository.branch: '-d' cannot be a branch",
        ),
        (ENVIRONMENTS + "applications: {web: }", "applications.web: missing: strategy"),
        (ENVIRONMENTS + "applications: {web: {strategy: x}}", "web.strategy: must be a mapping, not text"),
        (
            ENVIRONMENTS + "applications: {web: {strategy: {kind: branch, branch: x}, strategies: {}}}",
            'strategies: unknown key "strategies"',
        ),
        (
            ENVIRONMENTS + "applications: {web: {strategy: {kind: branch, branch: x}, environments: {dev: false}}}",
            "applications.web.environments: the application runs nowhere",
        ),
        (
            ENVIRONMENTS + "applications: {web: {strategy: {kind: branch, branch: x}, environments: {dev: true}}}",
            "applications.web.environments.dev: must be false (not there) or a mapping",
        ),
        (
            ENVIRONMENTS + "applications: {web: {strategy: {kind: branch, branch: x}, releases: {kind: oci}}}",
            'applications.web.releases.kind: unknown kind "oci" (known: git-tags, registry, environment)',
        ),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(text: str, problem: str) -> None:
    found = problems(text)

    assert len(found) == 1, found
    assert problem in found[0]


@pytest.mark.parametrize(
    "url", ["https://bot:s3cret@git.example/x", "https://s3cret@git.example/x", "ssh://a:s3cret@h/x"]
)
def test_a_secret_in_the_repositorys_address_is_refused_and_not_repeated(url: str) -> None:
    (problem,) = problems(APPLICATIONS + ENVIRONMENTS + f"repository: {{url: '{url}'}}")

    assert "PROMONTORY_GIT_PASSWORD" in problem
    assert "s3cret" not in problem


def test_a_path_outside_the_repository_is_told_once_for_all_environments() -> None:
    text = """
        applications: {web: {strategy: {kind: directory, path: "../{environment}"}}}
        environments: {dev: {}, live: {after: dev}}
        """

    (problem,) = problems(text)

    assert "applications.web.strategy.path: '../dev' is not a path inside the repository" in problem


def test_what_only_one_override_gets_wrong_is_told_there() -> None:
    text = """
        applications:
          web:
            strategy: {kind: directory, path: "envs/{environment}"}
            environments:
              live: {path: ../live, images: x}
        environments: {dev: {}, live: {after: dev}}
        """

    assert [problem.split(": ")[:2] for problem in problems(text)] == [
        ["promontory.yaml:6:14", "applications.web.environments.live.path"],
        ["promontory.yaml:6:29", "applications.web.environments.live.images"],
    ]


def test_the_circle_is_spelled_out_from_its_first_environment() -> None:
    text = APPLICATIONS + "environments: {c: {after: b}, a: {after: c}, b: {after: a}, d: {after: b}}"

    (problem,) = problems(text)

    assert problem.endswith("environments.c.after: the environments form a circle: c → a → b → c")
