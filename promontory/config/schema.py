"""The JSON Schema of promontory.yaml, for completion and checking in editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from promontory.config.environment import Environment
from promontory.config.models import Application, Config
from promontory.config.notifications import Route
from promontory.config.repository import ForgeOptions, RepositoryOptions
from promontory.config.section import NAME_PATTERN
from promontory.config.vocabulary import OptionsByKind, Vocabulary
from promontory.config.windows import WINDOWS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schema(vocabulary: Vocabulary) -> Schema:
    """Draft 2020-12, with the options of every kind in the vocabulary."""
    definitions = _Definitions()
    environment = definitions.section(Environment)
    environment["properties"]["after"] = _after(environment["properties"]["after"])
    environment["properties"]["deliver"] = _deliver(environment["properties"]["deliver"])
    for key, kinds in (("test", vocabulary.suites), ("verify", vocabulary.checks), ("windows", WINDOWS)):
        environment["properties"][key]["items"] = definitions.union(key, kinds)
    application = definitions.section(Application)
    _describe_application(application, definitions, vocabulary)
    repository = definitions.section(RepositoryOptions)
    top = definitions.section(Config)
    properties = top["properties"]
    properties["windows"]["items"] = environment["properties"]["windows"]["items"]
    properties["applications"] = _named(properties["applications"], definitions.put("Application", application))
    properties["environments"] = _named(properties["environments"], definitions.put("Environment", environment))
    properties["people"]["additionalProperties"] = _after(properties["people"]["additionalProperties"])
    properties["groups"]["propertyNames"] = {"pattern": NAME_PATTERN}
    description = properties["repository"]["description"]
    properties["repository"] = {"description": description, **definitions.put("Repository", repository)}
    forge = definitions.section(ForgeOptions)
    forge["properties"]["kind"]["enum"] = sorted(vocabulary.forges)
    description = properties["forge"]["description"]
    properties["forge"] = {"description": description, **definitions.put("Forge", forge)}
    properties["notifications"]["items"] = definitions.put("Route", _route(definitions, vocabulary))
    return {"$schema": DIALECT, **top, "title": "promontory.yaml", "$defs": definitions.known}


class _Definitions:
    """Collects ``$defs``."""

    def __init__(self) -> None:
        self.known: dict[str, Schema] = {}

    def put(self, name: str, definition: Schema) -> Schema:
        self.known[name] = definition
        return {"$ref": f"#/$defs/{name}"}

    def section(self, model: type[BaseModel]) -> Schema:
        """The model without what is not the user's to write."""
        _, both = models_json_schema([(model, "validation")], ref_template="#/$defs/{model}")
        found: dict[str, Schema] = both["$defs"]
        section = found.pop(model.__name__)
        self.known |= {name: one for name, one in found.items() if name not in _OWN}
        hidden = {name for name, field in model.model_fields.items() if field.exclude}
        section["properties"] = {key: one for key, one in section["properties"].items() if key not in hidden}
        for one in section["properties"].values():
            _refuse_null(one)
        section["required"] = [key for key in section.get("required", []) if key not in hidden]
        return section

    def union(self, family: str, kinds: OptionsByKind, *, partial: bool = False) -> Schema:
        """One of the kinds. ``partial``: options may be missing, since something else supplies them."""
        branches = [self._branch(family, kind, model, partial=partial) for kind, model in kinds.items()]
        return {"anyOf" if partial else "oneOf": branches} if branches else {"not": {}}

    def _branch(self, family: str, kind: str, model: type[BaseModel], *, partial: bool) -> Schema:
        options = self.section(model)
        old = options["properties"].get("kind", {})
        options["properties"]["kind"] = {
            "const": kind,
            "title": "Kind",
            "description": old.get("description", f"`{kind}`; it decides which other keys there are."),
        }
        if partial:
            del options["required"]
            return self.put(f"{family}-{kind}-override", options)
        options["required"] = sorted({*options["required"], "kind"})
        return self.put(f"{family}-{kind}", options)


_OWN = ("Application", "Environment", "Options", "Config", "ForgeOptions", "RepositoryOptions", "Route", "Spot")


def _describe_application(application: Schema, definitions: _Definitions, vocabulary: Vocabulary) -> None:
    properties = application["properties"]
    for key, kinds in (("strategy", vocabulary.strategies), ("releases", vocabulary.releases)):
        properties[key] = {
            "title": key.capitalize(),
            "description": properties[key]["description"],
            **definitions.union(key, kinds),
        }
    override = definitions.union("strategy", vocabulary.strategies, partial=True)
    properties["environments"]["additionalProperties"] = {"anyOf": [override, {"const": False}, {"type": "null"}]}


def _route(definitions: _Definitions, vocabulary: Vocabulary) -> Schema:
    """What may be one name, or a list of names, is either."""
    route = definitions.section(Route)
    properties = route["properties"]
    to = {"title": "To", "description": properties["to"]["description"]}
    properties["to"] = {**to, **definitions.union("notifications", vocabulary.channels)}
    for key in ("on", "applications", "environments"):
        several = {name: properties[key].pop(name) for name in ("type", "items", "minItems") if name in properties[key]}
        properties[key]["anyOf"] = [several["items"], several]
    return route


def _refuse_null(value: Schema) -> None:
    """An optional key is left out; written with nothing behind it, it is an error."""
    branches = [branch for branch in value.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) > 1:
        value["anyOf"] = branches
    if len(branches) == 1:
        del value["anyOf"]
        value.update({key: one for key, one in branches[0].items() if key not in value})
    if "default" in value and value["default"] is None:
        del value["default"]


def _after(after: Schema) -> Schema:
    several = {key: after.pop(key) for key in ("type", "items", "default") if key in after}
    return {**after, "anyOf": [{"type": "string", "minLength": 1}, several]}


def _deliver(deliver: Schema) -> Schema:
    """The kind alone, or a mapping."""
    return {
        "title": "Deliver",
        "description": deliver["description"],
        "anyOf": [{"enum": ["push", "pull-request"]}, {"$ref": "#/$defs/Delivery"}],
    }


def _named(group: Schema, item: Schema) -> Schema:
    kept: Schema = {key: group[key] for key in ("title", "description") if key in group}
    return {
        **kept,
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": {"anyOf": [item, {"type": "null"}]} if item["$ref"].endswith("/Environment") else item,
    }
