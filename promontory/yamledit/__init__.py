"""Change one place in a YAML file and leave every other byte: comments, quotes, indentation, line endings.

::

    file = read_yaml(content, "values.yaml")
    content = replace(file, [(find(file, "image.tag"), "v1.3.0")])

Parse with marks, splice the text, parse again and prove that nothing else changed. An alias is not edited
through; and an anchored value that aliases refer to is not edited either, nor anything inside it, because
that would change the aliases' places too. Both are errors that name the alias. A string that holds YAML itself
is edited in the bytes of the file around it (`embedded`). Knows nothing of releases.
"""

from __future__ import annotations

from promontory.yamledit.comments import commented
from promontory.yamledit.editing import add_item, add_pair, add_sequence, editable, remove_pair, replace
from promontory.yamledit.embedded import Embedded, read_embedded, replace_embedded
from promontory.yamledit.key_path import Step, find, holder, parse_path, reach, text_at
from promontory.yamledit.nodes import Alias, Mapping, Node, Scalar, Sequence, behind_alias
from promontory.yamledit.proof import refused_alias
from promontory.yamledit.reading import YamlFile, read_yaml

__all__ = [
    "Alias", "Embedded", "Mapping", "Node", "Scalar", "Sequence", "Step", "YamlFile",
    "add_item", "add_pair", "add_sequence", "behind_alias", "commented", "editable", "find", "holder", "parse_path",
    "reach", "read_embedded", "read_yaml", "refused_alias", "remove_pair", "replace", "replace_embedded", "text_at",
]  # fmt: skip
