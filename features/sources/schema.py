"""The JSON schema of mapping files; `python -m features.sources.schema` rewrites the editors' file."""

import json
from pathlib import Path
from typing import Any

from features.sources.mapping import Mapping

SCHEMA_FILE = Path(__file__).with_name("mapping.schema.json")


def mapping_schema() -> dict[str, Any]:
    """The JSON schema of mapping files, for editors and for the docs."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Mapping.model_json_schema()


def schema_text() -> str:
    """The schema as the file has it."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
