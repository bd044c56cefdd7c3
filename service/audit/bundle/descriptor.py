"""The descriptor of a bundle: datapackage.json after Data Package v2, with a schema for every table."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from service.audit.tables import TABLES, Table
from service.audit.tables.model import Column

PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
CHUNK: Final = 1 << 20
_TYPES: Final = {
    "text": "string",
    "integer": "integer",
    "amount": "integer",
    "decimal": "number",
    "day": "date",
    "instant": "datetime",
    "boolean": "boolean",
}
_MEDIA: Final = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".sqlite": "application/vnd.sqlite3",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path, *, name: str, title: str, created: str, digests: dict[str, str]) -> bytes:
    """The descriptor of the files in a folder, by their digests; made without a look at their contents."""
    tables = {f"tables/{table.name}.csv": table for table in TABLES}
    named = [path for path in digests if path.endswith(tuple(_MEDIA))]
    package = {
        "$schema": PROFILE,
        "name": name,
        "title": title,
        "created": created,
        "resources": [_resource(folder, path, digests[path], tables.get(path)) for path in sorted(named)],
    }
    return json.dumps(package, ensure_ascii=False, indent=1).encode() + b"\n"


def _resource(folder: Path, path: str, digest: str, table: Table | None) -> dict[str, Any]:
    plain = Path(path)
    resource = {
        "name": path.removeprefix("tables/").replace("/", "-").lower() if table is None else table.name,
        "path": path,
        "mediatype": _MEDIA[plain.suffix],
        "format": plain.suffix[1:],
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{digest}",
    }
    if table is None:
        return resource
    return resource | {
        "type": "table",
        "description": table.text,
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column, table) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if table.references:
        schema["foreignKeys"] = [
            {"fields": [name], "reference": {"resource": other, "fields": [name]}}
            for name, other in table.references.items()
        ]
    return schema


def _field(column: Column, table: Table) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind], "description": column.text}
    if column.kind == "instant":
        field["format"] = "any"
    if column.name in table.key:
        field["constraints"] = {"required": True}
    return field
