"""What to write into the mapping so that a problem goes away, as YAML ready to paste."""

import re
from difflib import get_close_matches

import pyarrow as pa

from core.errors import FieldError
from features.sources.checking.understood import SeenReject
from features.sources.drafting.vocabulary import event_type_of, fields_of
from features.sources.drafting.yaml_text import keyed, listed, plain
from features.sources.mapping import Mapping
from features.sources.values.time_guess import formats_that_read

_CELL = re.compile(r"(?:^|, )([^=,]+)='(.*?)'(?=, |$)")


def fix_of_problem(problem: FieldError) -> str:
    """The line that most likely mends a wrong key; empty where nobody can tell.

    >>> from core.language import Text
    >>> text = Text("", {"column": "'paid'", "near": "paid_at, price"})
    >>> fix_of_problem(FieldError("events.orders.columns.occurred_at", text, "no_column"))
    'occurred_at: paid_at'
    """
    key = problem.field.rsplit(".", 1)[-1]
    if problem.code != "no_column" or "[" in key:
        return ""
    wanted = str(problem.message.values["column"]).strip("'")
    there = [name for name in str(problem.message.values["near"]).split(", ") if name != "-"]
    likely = get_close_matches(wanted, there, n=1) or [name for name in there if key in fields_of(name)]
    return f"{key}: {plain(likely[0])}" if likely else ""


def fix_of_rejects(reject: SeenReject, mapping: Mapping) -> str:
    """The lines that would let rows in that were rejected for one reason; empty where the rows are to blame."""
    cells = [found for detail in reject.details for found in _CELL.findall(detail)]
    if not cells:
        return ""
    column, values = cells[0][0], [value for name, value in cells if name == cells[0][0]]
    match reject.reason:
        case "bad_timestamp":
            return _time(column, values)
        case "unregistered_type":
            return _types(column, values)
        case "bad_number" if any(re.search(r"\d,\d{1,2}\D*$", value) for value in values):
            return 'decimal: ","'
        case "unknown_level":
            return _levels(reject, column, values, mapping)
    return ""


def _time(column: str, values: list[str]) -> str:
    forms = [form for form in formats_that_read(pa.array(values)) if form not in {"iso", "excel"}]
    lines = (f"occurred_at: {keyed({'column': plain(column), 'format': plain(form)})}" for form in forms)
    return " or ".join(lines)


def _types(column: str, values: list[str]) -> str:
    named = {value: event_type_of(value) or "view" for value in dict.fromkeys(values)}
    return f"type: {keyed({'column': plain(column), 'values': keyed(named)})}"


def _levels(reject: SeenReject, column: str, values: list[str], mapping: Mapping) -> str:
    table = mapping.customers[reject.table.removeprefix("customers.")]
    for key, attribute in table.attributes.items():
        if (attribute.column or key) == column:
            levels = dict.fromkeys((*attribute.levels, *values))
            return f"{key}: {keyed({'kind': attribute.kind, 'levels': listed(levels)})}"
    return ""
