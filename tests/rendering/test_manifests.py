from __future__ import annotations

import pytest

from promontory.errors import RenderingError
from promontory.rendering import files_of

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
SERVICE = "kind: Service\nmetadata: {name: web}\n"


def files(text: str) -> dict[str, str]:
    return {name: content.decode() for name, content in files_of(text.encode(), "kustomize").items()}


def failure(text: str | bytes) -> str:
    with pytest.raises(RenderingError) as caught:
        files_of(text.encode() if isinstance(text, str) else text, "kustomize")
    return caught.value.message


def test_each_object_is_a_file_called_by_its_kind_and_name() -> None:
    assert files(f"{SERVICE}---\n{DEPLOYMENT}") == {"deployment-web.yaml": DEPLOYMENT, "service-web.yaml": SERVICE}


def test_the_order_of_the_output_does_not_matter_to_the_files() -> None:
    assert files(f"{SERVICE}---\n{DEPLOYMENT}") == files(f"---\n{DEPLOYMENT}...\n---\n{SERVICE}")


@pytest.mark.parametrize(
    ("marker", "first"),
    [
        ("--- # a comment\n", "# a comment\n"),
        ("---\n# Source: web/templates/x.yaml\n", "# Source: web/templates/x.yaml\n"),
    ],
)
def test_comments_stay(marker: str, first: str) -> None:
    assert files(f"{marker}{SERVICE}") == {"service-web.yaml": first + SERVICE}


def test_a_boundary_may_hold_the_document_itself() -> None:
    assert files("--- {kind: Service, metadata: {name: web}}\n") == {
        "service-web.yaml": "{kind: Service, metadata: {name: web}}\n"
    }


def test_dashes_inside_of_a_text_are_no_boundary() -> None:
    text = "kind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: |\n    x\n    ---\n    y\n  b: ---x\n"

    assert files(text) == {"configmap-c.yaml": text}


def test_empty_lines_that_are_part_of_a_value_stay() -> None:
    text = "kind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: |+\n    x  \n\n\n"

    assert files(f"{text}---\n{SERVICE}")["configmap-c.yaml"] == text
    assert files(f"{SERVICE}---\n{text}")["configmap-c.yaml"] == text


def test_an_indented_document_stays_as_it_is() -> None:
    text = "  kind: X\n  metadata: {name: x}\n"

    assert files(text) == files(f"---\n{text}") == {"x-x.yaml": text}


def test_windows_line_ends_become_plain_ones() -> None:
    assert files(SERVICE.replace("\n", "\r\n")) == {"service-web.yaml": SERVICE}


def test_documents_of_comments_alone_are_left_out() -> None:
    assert files(f"---\n# Source: web/templates/none.yaml\n---\n\n---\n{SERVICE}") == {"service-web.yaml": SERVICE}


def test_objects_that_share_kind_and_name_share_a_file_in_their_order() -> None:
    one, other = (
        SERVICE.replace("name: web", "name: web, namespace: b"),
        "apiVersion: serving.knative.dev/v1\n" + SERVICE,
    )

    assert files(f"{one}---\n{other}") == {"service-web.yaml": f"{one}---\n{other}"}


@pytest.mark.parametrize(
    ("kind", "name", "file"),
    [
        ("ClusterRole", "system:web:Reader", "clusterrole-system-web-reader.yaml"),
        ("Role", "../../../etc/passwd", "role-..-..-..-etc-passwd.yaml"),
        ("../Role", "x", "role-x.yaml"),
        (".git", "x", "git-x.yaml"),
        ("Role", "a\\nb", "role-a-nb.yaml"),
        ("Role", "ä", "role.yaml"),
        ("Role", "n" * 500, f"role-{'n' * 195}.yaml"),
    ],
)
def test_a_hostile_name_stays_in_the_directory(kind: str, name: str, file: str) -> None:
    assert list(files(f"kind: {kind}\nmetadata:\n  name: '{name}'\n")) == [file]


def test_a_generated_name_names_the_file_without_its_dash() -> None:
    assert list(files("kind: Job\nmetadata: {generateName: migrate-}\n")) == ["job-migrate.yaml"]


def test_a_list_needs_no_name() -> None:
    assert list(files("kind: List\nitems: []\n")) == ["list.yaml"]


def test_only_the_names_of_the_object_itself_count() -> None:
    text = (
        "spec: {template: {kind: X, metadata: {name: inner}}}\nitems: [{kind: Y}, [{name: z}]]\n"
        "? {kind: Z}\n: {name: q}\nmetadata: {labels: {name: l}, name: web}\nkind: Service\n"
    )

    assert list(files(text)) == ["service-web.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "kustomize printed no objects"),
        ("---\n# nothing\n", "kustomize printed no objects"),
        ("hello\n", "document 1 that kustomize printed is no Kubernetes object: it has no kind"),
        ("- kind: X\n", "document 1 that kustomize printed is no Kubernetes object: it has no kind"),
        (
            f"{SERVICE}---\nkind: X\n",
            "document 2 that kustomize printed is no Kubernetes object: it has no metadata.name",
        ),
        (
            "kind: *x\nmetadata: {name: y}\n",
            "document 1 that kustomize printed is no Kubernetes object: it has no kind",
        ),
        ("kind: [X\n", "document 1 that kustomize printed is not YAML: did not find expected ',' or ']'"),
        ("kind: {X\n", "document 1 that kustomize printed is not YAML: did not find expected ',' or '}'"),
        (b"kind: \xff\n", "kustomize printed what is not UTF-8 (byte 6)"),
    ],
)
def test_what_is_no_object_is_refused(text: str | bytes, message: str) -> None:
    assert failure(text) == message


def test_deep_nesting_is_refused() -> None:
    deep = f"kind: X\nmetadata: {{name: y}}\nspec: {'[' * 100_000}\n"

    assert failure(deep) == "document 1 that kustomize printed is not YAML: nested deeper than 100 levels"


def test_aliases_are_not_expanded() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 50)}]\n" for n in range(1, 10))
    text = f"kind: X\nmetadata: {{name: y}}\na0: &a0 [x]\n{levels}"

    assert files(text) == {"x-y.yaml": text}
