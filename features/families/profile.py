"""Profile attributes as numbers; what is not known stays missing."""

import numpy as np

from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import View


def _columns(spec: FeatureSpec) -> list[Column]:
    names = {a.key: (a.name_en or a.key, a.name_zh or a.key, a.kind) for a in spec.attributes}
    columns = []
    for column in spec.profile_columns:
        en, zh, kind = names[column.attribute]
        if column.level is not None:
            columns.append(
                Column(column.name, f"{en} is {column.level}: 1, else 0", f"{zh}为 {column.level}：1，否则 0")
            )
        elif kind == "ordinal":
            columns.append(
                Column(
                    column.name, f"{en}: position among its levels, from 0", f"{zh}：所在等级的序号，从 0 起"
                )
            )
        else:
            columns.append(Column(column.name, f"{en}", f"{zh}"))
    return columns


def _compute(view: View) -> list[Floats]:
    values = np.full((len(view.spec.profile_columns), view.n), np.nan)
    facts = view.known.facts
    known = facts.observed_at_us < view.as_of_us
    # Later facts overwrite earlier ones.
    values[facts.column[known], facts.customer[known]] = facts.value[known]
    return [values]


FAMILY = Family("profile", _columns, _compute)
