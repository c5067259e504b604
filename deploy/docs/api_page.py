"""docs/api.html: the merged API document as one page for people; it needs no script and nothing from elsewhere."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from deploy.docs import openapi
from deploy.services import refusals

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page() -> str:
    """The whole page."""
    document = openapi.merged()
    problems = [(str(code), code.status, code.detail) for code in refusals()]
    return _PAGES.get_template("api.html").render(
        info=document["info"],
        groups=_groups(document["paths"]),
        schemas=[(name, _schema(schema)) for name, schema in document["components"]["schemas"].items()],
        problems=problems,
    )


def _groups(paths: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by their tag, in the order of the gateway's table."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, item in paths.items():
        for method, operation in item.items():
            found[operation["tags"][0]].append(_operation(method, path, operation))
    return dict(found)


def _operation(method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "meaning": operation.get("description", ""),
        "who": ", ".join(operation["x-allowed"]),
        "parameters": [
            (each["name"], each["in"], each.get("required", False), _kind(each["schema"]), each.get("description", ""))
            for each in operation["parameters"]
        ],
        "body": _contents(body),
        "answers": [(status, _contents(each.get("content", {}))) for status, each in _of(operation, "2")],
        "refusals": [(status, each["description"].split(", ")) for status, each in _of(operation, "4", "5")],
    }


def _of(operation: dict[str, Any], *first: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((status, each) for status, each in operation["responses"].items() if status.startswith(first))


def _contents(content: dict[str, Any]) -> Markup:
    kinds = (Markup("{}: {}").format(kind, _kind(each.get("schema", {}))) for kind, each in content.items())
    return Markup("<br>").join(kinds)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    fields = schema.get("properties", {})
    return {
        "meaning": schema.get("description", ""),
        "kind": "" if fields else _kind(schema),
        "fields": [(name, name in required, _kind(each), each.get("description", "")) for name, each in fields.items()],
    }


def _kind(schema: dict[str, Any]) -> Markup:
    """A schema in a few words, with links to those that have a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return Markup(" or ").join(_kind(each) for each in schema[choice])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(" | ").join(Markup("<code>{}</code>").format(each) for each in values)
    if schema.get("type") == "array":
        return Markup("list of {}").format(_kind(schema.get("items", {})))
    if isinstance(inner := schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(_kind(inner))
    limits = [f"{name} {schema[name]}" for name in _LIMITS if name in schema]
    return escape(", ".join([schema.get("format") or schema.get("type", "anything"), *limits]))


_LIMITS = ("minimum", "exclusiveMinimum", "maximum", "minLength", "maxLength", "pattern", "default")
