"""One MLflow run: settings, figures, tables and plots go in, and a fitted estimator becomes a registered version."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from models import packaging
from models.inputs import input_columns
from models.versions import ModelVersion, as_version

if TYPE_CHECKING:
    # Only for annotations: drawing and frames are the caller's, and the address makes the runs.
    import pandas as pd
    from matplotlib.figure import Figure

    from models.tracking import Tracking

# MLflow refuses more in one call to a remote server.
_PARAMS_A_CALL = 100
_METRICS_A_CALL = 1000


class Record(Protocol):
    """Where a training leaves what it found: a run of MLflow, or what a repeated training is compared by."""

    def child(self, name: str, *, tags: Mapping[str, str] | None = None) -> Any:
        """A record below this one; use it in a `with` block."""
        ...

    def params(self, values: Mapping[str, object]) -> None:
        """Settings, as text."""
        ...

    def metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:
        """Figures."""
        ...

    def tags(self, values: Mapping[str, str]) -> None:
        """Marks."""
        ...

    def table(self, name: str, frame: "pd.DataFrame") -> None:
        """A frame."""
        ...

    def figure(self, name: str, figure: "Figure") -> None:
        """A plot."""
        ...

    def document(self, name: str, content: Mapping[str, object]) -> None:
        """A nested document."""
        ...


@dataclass(frozen=True)
class Run:
    """One MLflow run: what went in, what came out, and the model.

    Attributes:
        tracking: Where it is kept.
        experiment: The name of its experiment.
        run_id: MLflow's id of it.
    """

    tracking: "Tracking"
    experiment: str
    run_id: str

    def child(self, name: str, *, tags: Mapping[str, str] | None = None) -> Any:
        """A run below this one, for one candidate of a comparison; use it in a `with` block."""
        return self.tracking.run(self.experiment, name, parent=self, tags=tags)

    def params(self, values: Mapping[str, object]) -> None:
        """Logs settings as text; MLflow cuts what is longer than 6,000 characters."""
        entity = importlib.import_module("mlflow.entities").Param
        items = [entity(key, str(value)) for key, value in values.items()]
        for start in range(0, len(items), _PARAMS_A_CALL):
            self.tracking.client.log_batch(self.run_id, params=items[start : start + _PARAMS_A_CALL])

    def metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:
        """Logs figures; a tag's are named `ap/coffee`, and the UI groups by what stands before the slash."""
        entity = importlib.import_module("mlflow.entities").Metric
        now_ms = int(importlib.import_module("mlflow.utils.time").get_current_time_millis())
        items = [entity(key, float(value), now_ms, step) for key, value in values.items()]
        for start in range(0, len(items), _METRICS_A_CALL):
            self.tracking.client.log_batch(self.run_id, metrics=items[start : start + _METRICS_A_CALL])

    def tags(self, values: Mapping[str, str]) -> None:
        """Marks the run."""
        for key, value in values.items():
            self.tracking.client.set_tag(self.run_id, key, value)

    def table(self, name: str, frame: "pd.DataFrame") -> None:
        """Logs a frame, with its index if that is named: `tables/NAME.csv`, and `.json` for the UI."""
        flat = frame.reset_index() if frame.index.name else frame
        self.tracking.client.log_text(self.run_id, flat.to_csv(index=False), f"tables/{name}.csv")
        self.tracking.client.log_table(self.run_id, flat, f"tables/{name}.json")

    def figure(self, name: str, figure: "Figure") -> None:
        """Logs a plot as `plots/NAME.png`."""
        self.tracking.client.log_figure(self.run_id, figure, f"plots/{name}.png")

    def page(self, name: str, html: str) -> None:
        """Logs a page as `NAME.html`."""
        self.tracking.client.log_text(self.run_id, html, f"{name}.html")

    def document(self, name: str, content: Mapping[str, object]) -> None:
        """Logs a nested document as `NAME.json`."""
        # MLflow's own log_dict would escape every Chinese character.
        text = json.dumps(content, ensure_ascii=False, indent=2)
        self.tracking.client.log_text(self.run_id, text, f"{name}.json")

    def register(
        self,
        name: str,
        estimator: Any,
        example: "pd.DataFrame",
        *,
        predict: str = "predict_proba",
        tags: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Logs a fitted estimator with this run and registers it as the next version of `name`.

        Log the metrics first: MLflow then shows them beside the model as well.

        Args:
            name: The registered model's name.
            estimator: In scikit-learn's form, no pandas object in its fitted state. It is saved with skops,
                as data, beside a copy of the folders `core` and `models`: so it loads without this project.
            example: A few feature rows; the columns that the estimator reads become the signature.
            predict: What `mlflow.pyfunc` calls, `predict_proba` or `predict`.
            tags: What the version was made from.

        Raises:
            InvalidInputError: The estimator holds something that cannot be saved safely.
        """
        model = self._log(name, estimator, example, predict)
        client = self.tracking.client
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        created = client.create_model_version(
            name, source=model.model_uri, run_id=self.run_id, tags=dict(tags or {}), model_id=model.model_id
        )
        return as_version(created)

    def _log(self, name: str, estimator: Any, example: "pd.DataFrame", predict: str) -> Any:
        mlflow = self.tracking.connect()
        rows = example[list(input_columns(estimator))].reset_index(drop=True).astype("float64")
        with mlflow.start_run(run_id=self.run_id, nested=True):
            return importlib.import_module("mlflow.sklearn").log_model(
                estimator,
                name=name,
                pyfunc_predict_fn=predict,
                signature=_signature(rows, getattr(estimator, predict)(rows)),
                input_example=rows,
                code_paths=[str(folder) for folder in packaging.code_folders()],
                pip_requirements=packaging.requirements(),
                skops_trusted_types=packaging.trusted_types(estimator),
            )


def _signature(rows: "pd.DataFrame", predictions: "pd.DataFrame") -> Any:
    """Float64 columns in and out; stated, because a guess from rows with gaps would make some optional."""
    models = importlib.import_module("mlflow.models")
    types = importlib.import_module("mlflow.types")
    inputs, outputs = (
        types.Schema([types.ColSpec(types.DataType.double, name) for name in frame.columns])
        for frame in (rows, predictions)
    )
    return models.ModelSignature(inputs=inputs, outputs=outputs)
