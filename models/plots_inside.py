"""Figures of what is inside a fitted model: the weights of its columns, or the profiles of its segments."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from core.language import Language, translate
from models.arrays import Floats, sigmoid
from models.blend import BlendedModel
from models.boosting import BoostedModel
from models.label_model import LabelModel
from models.linear import LinearModel, Term
from models.pairs import OWN
from models.plot_style import ACCENT, INK, finished, heatmap, quiet, shown_language
from models.pooled import PooledInterest
from models.segments import CustomerSegments

TOP_COLUMNS = 20
_WEIGHTS = "Weight of one standard deviation, in log odds"
_OWN_WEIGHTS = "Weight of one standard deviation, in log odds (* of the tag's own group)"


def weights_figure(
    model: LabelModel, *, language: Language = "en", names: Mapping[str, str] | None = None
) -> Figure:
    """What a model goes by: for a linear one its weights, for boosted trees the gain of the top columns.

    A model without columns says the same of everybody; then that is shown.

    Args:
        model: A fitted model.
        language: Of the texts.
        names: What labels are called, where it is not their key.
    """
    language = shown_language(language)
    if not isinstance(model, LinearModel):
        return _importance_figure(column_importance(model), language)
    if not model.columns_:
        return _shares_figure(model, language, names or {})
    return _coefficients_figure(model, language, names or {})


def column_importance(model: LabelModel) -> "pd.Series[float]":
    """The share of all gain by column stem, the mean over labels; highest first, summing to 1.

    The columns of a label's own group count under one stem, `baskets_84d__*`. In a blend each member counts by its
    weight, and a linear one by the size of its coefficients.
    """
    return _shares(model).sort_values(ascending=False, kind="stable")


def _shares(model: LabelModel) -> "pd.Series[float]":
    if isinstance(model, BlendedModel):
        members = [_shares(one) * weight for one, weight in zip(model.members_, model.weights_, strict=True)]
        return pd.concat(members).groupby(level=0).sum()
    if isinstance(model, PooledInterest):
        names = [name.replace(OWN, "__*") for name in model.pairs_.names]
        return _share(np.zeros(len(names)) if model.booster_ is None else _gain(model.booster_), names)
    if isinstance(model, LinearModel):
        parts = [(np.abs(model.coef_[output]), model.columns_, tag) for output, tag in enumerate(model.tags_)]
    else:
        assert isinstance(model, BoostedModel)  # noqa: S101 (there are no other kinds)
        parts = [(_gain(booster), model.columns_[tag], tag) for tag, booster in model.boosters_.items()]
    shares = [_share(values, [_stem(name, tag) for name in columns]) for values, columns, tag in parts]
    return pd.concat(shares).groupby(level=0).sum() / len(shares)


def _gain(booster: Any) -> Floats:
    return np.asarray(booster.feature_importance("gain"), dtype=np.float64)


def _share(values: Floats, stems: list[str]) -> "pd.Series[float]":
    return pd.Series(values / max(values.sum(), 1e-300), index=stems).groupby(level=0).sum()


def segments_figure(segments: CustomerSegments, *, language: Language = "en") -> Figure:
    """One row a segment: how far its centre lies from the average customer in each feature, and its share."""
    language = shown_language(language)
    share = segments.sizes_ / segments.sizes_.sum()
    called = [name.zh if language == "zh" else name.en for name in segments.names_]
    rows = [f"{name}  {part:.0%}" for name, part in zip(called, share, strict=True)]
    figure = Figure(
        figsize=(3.4 + 1.15 * len(segments.columns_), 1.6 + 0.5 * len(rows)), layout="constrained"
    )
    axes = figure.subplots()
    heatmap(axes, segments.centres_, limit=3.0, form="+.1f", rows=rows)
    _columns_on_top(axes, [name.replace("_", " ") for name in segments.columns_])
    figure.supxlabel(translate("Standard deviations from the average customer", language), size=9)
    return finished(figure, language)


def _coefficients_figure(model: LinearModel, language: Language, names: Mapping[str, str]) -> Figure:
    terms = list(dict.fromkeys(term for tag in model.tags_ for term in model.terms_of(tag)))
    place = {name: position for position, name in enumerate(model.columns_)}
    weights: Floats = np.array(
        [
            [model.coef_[row, place[name]] if (name := term.column(tag)) in place else 0.0 for term in terms]
            for row, tag in enumerate(model.tags_)
        ]
    ).reshape(len(model.tags_), len(terms))
    rows = [names.get(tag, tag) for tag in model.tags_]
    figure = Figure(figsize=(2.2 + 1.1 * len(terms), 1.6 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    heatmap(axes, weights, limit=1.5, form="+.2f", rows=rows)
    _columns_on_top(axes, [_told(term) for term in terms])
    note = translate(_OWN_WEIGHTS if any(term.own for term in terms) else _WEIGHTS, language)
    figure.supxlabel(note, size=9)
    return finished(figure, language)


def _shares_figure(model: LinearModel, language: Language, names: Mapping[str, str]) -> Figure:
    figure = Figure(figsize=(7, 0.9 + 0.24 * len(model.tags_)), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(model.tags_)), sigmoid(model.intercept_), color=ACCENT, height=0.7)
    axes.set_yticks(range(len(model.tags_)), [names.get(tag, tag) for tag in model.tags_])
    axes.invert_yaxis()
    axes.set_xlabel(translate("Probability, the same for everybody", language), size=9, color=INK)
    quiet(axes, grid="x")
    return finished(figure, language)


def _importance_figure(importance: "pd.Series[float]", language: Language) -> Figure:
    top = importance.head(TOP_COLUMNS)
    figure = Figure(figsize=(7, 0.9 + 0.24 * len(top)), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(top)), top.to_numpy(), color=ACCENT, height=0.7)
    axes.set_yticks(range(len(top)), top.index)
    axes.invert_yaxis()
    axes.set_xlabel(translate("Share of gain (* of the tag's own group)", language), size=9, color=INK)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    quiet(axes, grid="x")
    return finished(figure, language)


def _columns_on_top(axes: Any, names: list[str]) -> None:
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), [fill(name, 15) for name in names])


def _told(term: Term) -> str:
    name = term.stem.replace("_", " ")
    return f"{name}\u00a0*" if term.own else name


def _stem(name: str, tag: str) -> str:
    return f"{name.removesuffix(f'__{tag}')}__*" if name.endswith(f"__{tag}") else name
