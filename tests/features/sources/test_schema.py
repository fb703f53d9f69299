from features.sources.schema import SCHEMA_FILE, mapping_schema, schema_text


def test_committed_schema_is_what_the_models_say() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m features.sources.schema"


def test_schema_lets_a_column_name_stand_alone_or_be_an_object() -> None:
    shapes = mapping_schema()["$defs"]["TextSource"]["anyOf"]
    assert [shape["type"] for shape in shapes] == ["string", "object"]


def test_every_key_is_described() -> None:
    parts = mapping_schema()["$defs"]
    keys = {
        f"{name}.{key}": value
        for name, part in parts.items()
        for key, value in part.get("properties", {}).items()
        if "$ref" not in value
    }
    assert [key for key, value in keys.items() if not value.get("description")] == []
