"""A million served rows: what the check of all features takes. Run as a program of its own, for its memory's sake.

Rows are real ones under new ids, with four-byte numbers, as so many are held; one row a household.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.memory import peak_mb
from monitoring.statistics import feature_drift
from monitoring.thresholds import read_thresholds
from monitoring.window import Reference, Window

N_ROWS = 1_000_000


def main(file: str) -> None:
    """Print seconds and peak memory in MB for the real rows in that file of NumPy."""
    with np.load(Path(file), allow_pickle=False) as stored:
        rows, names, importance = stored["rows"], stored["names"].tolist(), stored["importance"]
    reference = _reference(pd.DataFrame(rows, columns=names), importance)
    window = replace(_window(reference), features=many(rows, names, N_ROWS))
    started = time.perf_counter()
    found = feature_drift(reference, [], window, read_thresholds())
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "features": len(found) - 1}))


def many(rows: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", names: list[str], n: int) -> pd.DataFrame:
    """Rows drawn until there are `n`, a column at a time."""
    drawn = np.random.default_rng(0).integers(len(rows), size=n)
    values = np.empty((n, len(names)), dtype=np.float32, order="F")
    for place in range(len(names)):
        values[:, place] = rows[drawn, place]
    index = pd.Index([f"s{place}" for place in range(n)], name="customer_id")
    return pd.DataFrame(values, index=index, columns=names, copy=False)


def _reference(
    features: pd.DataFrame, importance: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> Reference:
    now = pd.Timestamp("2017-09-01", tz="UTC").to_pydatetime()
    nothing = pd.DataFrame(index=features.index)
    none = pd.Series(np.nan, features.index)
    return Reference(
        began_at=now,
        ended_at=now,
        release_id="benchmark",
        source="served",
        population=len(features),
        features=features,
        probabilities=nothing,
        decisions=nothing,
        segments=none.astype(object),
        distances=none,
        churn=None,
        instants=none.astype("datetime64[us]"),
        importance=pd.Series(importance, list(features.columns)),
    )


def _window(reference: Reference) -> Window:
    own = {name: value for name, value in vars(reference).items() if name in Window.__dataclass_fields__}
    return Window(**own)


if __name__ == "__main__":
    main(sys.argv[1])
