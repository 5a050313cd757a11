"""Checks JSON answers against Gitea's own response schemas (an extract of its specification)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema

WILD = {"filepath", "branch", "basehead", "head"}
ALSO = {
    "username",  # Gitea's own doubling of `login`, which its specification does not list
    "content_version",  # newer than the specification
}


@cache
def extract() -> dict[str, Any]:
    """The extract, with nulls allowed wherever Go writes them for empty pointers and lists."""
    document = json.loads(Path(__file__).with_name("gitea_schemas.json").read_text())
    contents = {"$ref": "#/definitions/ContentsResponse"}
    for path in ("/repos/{owner}/{repo}/contents", "/repos/{owner}/{repo}/contents/{filepath}"):
        # a folder is answered as a list, which the specification forgets
        document["paths"][path]["GET"]["200"] = {"anyOf": [contents, {"type": "array", "items": contents}]}
    allow_missing_files(document)
    for definition in document["definitions"].values():
        properties = definition.get("properties", {})
        definition["properties"] = {
            name: {"anyOf": [schema, {"type": "null"}]} for name, schema in properties.items()
        }
        if properties:
            definition["additionalProperties"] = False
            definition["properties"] |= {name: {} for name in ALSO if name not in properties}
    return dict(document)


def allow_missing_files(document: dict[str, Any]) -> None:
    """Lists of files hold null for those that are deleted or missing."""
    file = {"anyOf": [{"$ref": "#/definitions/ContentsResponse"}, {"type": "null"}]}
    document["definitions"]["FilesResponse"]["properties"]["files"]["items"] = file
    for method in ("GET", "POST"):
        answers = document["paths"]["/repos/{owner}/{repo}/file-contents"][method]
        answers["200"] = {"type": "array", "items": file}


@cache
def patterns() -> list[tuple[re.Pattern[str], str]]:
    """The paths of the extract, most exact first."""
    templates = sorted(extract()["paths"], key=lambda each: (each.count("{"), -len(each)))
    wild = [
        re.sub(r"\{(\w+)\}", lambda found: ".+" if found[1] in WILD else "[^/]+", each) for each in templates
    ]
    return [(re.compile(pattern), template) for pattern, template in zip(wild, templates, strict=True)]


@cache
def validator(method: str, template: str, status: int) -> jsonschema.Draft4Validator | None:
    """What checks one kind of answer; None where the specification has no schema."""
    schema = extract()["paths"][template].get(method, {}).get(str(status))
    if not schema:
        return None
    return jsonschema.Draft4Validator({**schema, "definitions": extract()["definitions"]})


def check_answer(answer: httpx.Response) -> None:
    """Fail when a successful JSON answer is not what Gitea's specification says."""
    path = answer.request.url.path.removeprefix("/api/v1")
    if not answer.is_success or "json" not in answer.headers.get("content-type", ""):
        return
    template = next((name for pattern, name in patterns() if pattern.fullmatch(path)), None)
    checking = validator(answer.request.method, template, answer.status_code) if template else None
    if checking:
        answer.read()
        checking.validate(answer.json())
