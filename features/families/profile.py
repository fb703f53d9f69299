"""Profile attributes as numbers; what is not known stays missing."""

import math

from core.compiled import compiled
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


@compiled
def _fill(row: Floats, view: View) -> None:
    for place in range(len(row)):
        row[place] = math.nan
    for fact in view.facts:
        row[fact["column"]] = fact["value"]  # later facts overwrite earlier ones


FAMILY = Family("profile", _columns, _fill)
