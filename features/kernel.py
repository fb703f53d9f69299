"""The kernel: histories in, one feature row a customer out, the same machine code wherever it runs."""

import numpy as np

from core.compiled import entry
from features.calendar import local_day
from features.catalogue import Catalogue
from features.families import FAMILIES, Column, fill_row
from features.histories import Floats, Histories, Ints
from features.spec import FeatureSpec
from features.view.inputs import Codes, Columns, Facts, Shop, codes_of, shop_of
from features.view.view import view_of


def compute(histories: Histories, as_of_us: int, spec: FeatureSpec, catalogue: Catalogue) -> Floats:
    """Feature rows as of an instant: shape (n_customers, n_features), columns as in `column_names(spec)`.

    Counts only events that had occurred and been received strictly before the instant. A value that does not
    exist (the gap of a customer with one purchase) is NaN.
    """
    return compute_known(histories, as_of_us, spec, catalogue)[0]


def compute_known(
    histories: Histories, as_of_us: int, spec: FeatureSpec, catalogue: Catalogue
) -> tuple[Floats, Ints]:
    """The rows of `compute`, and how many events of each customer were known at the instant: shape (n_customers,)."""
    facts = histories.facts
    return _rows(
        histories.offsets,
        Columns(*(getattr(histories, name) for name in Columns._fields)),
        Facts(facts.customer, facts.column, facts.value, facts.observed_at_us),
        codes_of(spec, catalogue, histories.type_names, histories.channel_names),
        shop_of(spec, catalogue),
        _begins(spec),
        as_of_us,
        local_day(as_of_us - 1, spec.zone),
    )


def columns(spec: FeatureSpec) -> list[Column]:
    """Every feature of the spec with its definition, in column order."""
    return [column for family in FAMILIES for column in family.columns(spec)]


def column_names(spec: FeatureSpec) -> tuple[str, ...]:
    """The names of the features, in column order."""
    return tuple(column.name for column in columns(spec))


_BEGINS: dict[str, Ints] = {}  # by the version of the spec


def _begins(spec: FeatureSpec) -> Ints:
    """Where each family's columns begin in a row, and where the last one's end."""
    if spec.schema_version not in _BEGINS:
        widths = [len(family.columns(spec)) for family in FAMILIES]
        _BEGINS[spec.schema_version] = np.cumsum([0, *widths], dtype=np.int64)
    return _BEGINS[spec.schema_version]


@entry
def _rows(
    offsets: Ints,
    columns: Columns,
    facts: Facts,
    codes: Codes,
    shop: Shop,
    begins: Ints,
    as_of_us: int,
    last_day: int,
) -> tuple[Floats, Ints]:
    events, told, meanings, of_shop = Columns(*columns), Facts(*facts), Codes(*codes), Shop(*shop)
    n_customers = len(offsets) - 1
    rows, n_known = np.empty((n_customers, begins[-1])), np.empty(n_customers, dtype=np.int64)
    first_fact = 0
    for customer in range(n_customers):
        end_fact = first_fact
        while end_fact < len(told.customer) and told.customer[end_fact] == customer:
            end_fact += 1
        of_customer = offsets[customer], offsets[customer + 1], first_fact, end_fact
        view = view_of(events, told, of_customer, as_of_us, last_day, meanings, of_shop)
        fill_row(rows[customer], begins, view)
        n_known[customer] = len(view.events)
        first_fact = end_fact
    return rows, n_known
