"""The one module of the models that knows MLflow: runs, registered versions and the champion alias.

Importing it loads nothing of MLflow; the first call does (some seconds). Serving never comes here: it reads a
release.
"""

import importlib
import json
import logging
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from core.errors import NotFoundError, NotReadyError
from models import packaging
from models.inputs import input_columns

if TYPE_CHECKING:
    # Only for annotations: drawing and frames are the caller's.
    import pandas as pd
    from matplotlib.figure import Figure

CHAMPION = "champion"
CHALLENGER = "challenger"

# MLflow refuses more in one call to a remote server.
_PARAMS_A_CALL = 100
_METRICS_A_CALL = 1000

# MLflow sends usage figures out and draws progress bars of its own unless told not to.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True)
class ModelVersion:
    """One registered version of a model.

    Attributes:
        name: `interest`, `churn` or `segments`.
        version: Counts from 1 for each name.
        run_id: The MLflow run that trained it.
        tags: What it was made from: lake, taxonomy, feature schema and code version.
    """

    name: str
    version: int
    run_id: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """How MLflow names it, such as `models:/interest/3`.

        >>> ModelVersion("interest", 3, "run").uri
        'models:/interest/3'
        """
        return f"models:/{self.name}/{self.version}"


class Registry:
    """MLflow's tracking and registry at one address.

    Every call points MLflow's own global address here as well, so that `mlflow.pyfunc.load_model` in the same
    process finds the same models.

    Args:
        tracking_uri: A database URL, or the address of an MLflow server.
        artifacts_path: Where files go when `tracking_uri` is a database; a server decides for itself.
    """

    def __init__(self, tracking_uri: str, artifacts_path: Path) -> None:
        self.tracking_uri = tracking_uri
        self.artifacts_path = artifacts_path

    @property
    def ui_command(self) -> str:
        """The shell command that shows the runs in a browser; of a server, its address.

        >>> Registry("sqlite:////data/mlflow.db", Path("/data/mlartifacts")).ui_command
        'mlflow ui --backend-store-uri sqlite:////data/mlflow.db --host 127.0.0.1 --workers 1'
        """
        if self.tracking_uri.startswith("http"):
            return self.tracking_uri
        return f"mlflow ui --backend-store-uri {shlex.quote(self.tracking_uri)} --host 127.0.0.1 --workers 1"

    @cached_property
    def client(self) -> Any:
        """MLflow's client of this address, for what this class does not offer."""
        if self.tracking_uri.startswith("sqlite:///"):
            Path(self.tracking_uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        mlflow = quiet_mlflow()
        return mlflow.MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)

    def connect(self) -> Any:
        """The module `mlflow`, its global addresses pointed here."""
        _ = self.client
        mlflow = quiet_mlflow()
        if mlflow.get_tracking_uri() != self.tracking_uri:
            mlflow.set_tracking_uri(self.tracking_uri)
        if mlflow.get_registry_uri() != self.tracking_uri:
            mlflow.set_registry_uri(self.tracking_uri)
        return mlflow

    @contextmanager
    def run(
        self,
        experiment: str,
        name: str,
        *,
        parent: "Run | None" = None,
        tags: Mapping[str, str] | None = None,
    ) -> Iterator["Run"]:
        """A new run of an experiment; it ends as finished, or as failed when the block raises.

        The experiment is made on first use. Runs carry their id and share no global state, so several may be
        open at once, and an outer `mlflow run` does not get mixed in.
        """
        all_tags = {**(tags or {}), **({"mlflow.parentRunId": parent.run_id} if parent else {})}
        created = self.client.create_run(self._experiment_id(experiment), run_name=name, tags=all_tags)
        run = Run(self, experiment, created.info.run_id)
        try:
            yield run
        except BaseException:
            self.client.set_terminated(run.run_id, "FAILED")
            raise
        self.client.set_terminated(run.run_id, "FINISHED")

    def locations(self) -> list[Path]:
        """The folders in which MLflow keeps the files of our experiments, as it noted them when they were made."""
        found = self.client.search_experiments(filter_string="name != 'Default'")
        places = [urlsplit(experiment.artifact_location) for experiment in found]
        return [Path(unquote(place.path)) for place in places if place.scheme in {"", "file"}]

    def close_dead_runs(self) -> int:
        """Mark the runs that are still open as killed; how many. To be called when nobody else is training.

        A server is left alone: others may train into it from elsewhere.
        """
        if self.tracking_uri.startswith("http"):
            return 0
        experiments = [found.experiment_id for found in self.client.search_experiments()]
        open_runs = (
            self.client.search_runs(experiments, "attributes.status = 'RUNNING'") if experiments else []
        )
        for run in open_runs:
            self.client.set_terminated(run.info.run_id, "KILLED")
        return len(open_runs)

    def versions(self, name: str) -> list[ModelVersion]:
        """Every registered version of a model, oldest first; none if there is no such model."""
        found = self.client.search_model_versions(f"name = '{name}'")
        return sorted((_version(item) for item in found), key=lambda version: version.version)

    def champion(self, name: str) -> ModelVersion | None:
        """The version that predicts, or None before the first promotion."""
        return self._aliased(name, CHAMPION)

    def resolve(self, name: str, version: int | str = CHAMPION) -> ModelVersion:
        """The version of a number or an alias.

        Raises:
            NotReadyError: Nothing carries that alias yet.
            NotFoundError: There is no version of that number.
        """
        if isinstance(version, str) and not version.isdecimal():
            found = self._aliased(name, version)
            if found is None:
                raise NotReadyError(
                    "No model {name} has the alias {alias} yet: train one with `tagloop train`",
                    name=name,
                    alias=version,
                )
            return found
        known = {item.version: item for item in self.versions(name)}
        if int(version) not in known:
            raise NotFoundError(
                "Model {name} has no version {version}; there is: {known}",
                name=name,
                version=version,
                known=", ".join(map(str, known)) or "-",
            )
        return known[int(version)]

    def promote(self, name: str, version: int | str, *, alias: str = CHAMPION) -> ModelVersion:
        """Moves the alias to that version and gives the version back."""
        chosen = self.resolve(name, version)
        self.client.set_registered_model_alias(name, alias, str(chosen.version))
        return chosen

    def demote(self, name: str, *, alias: str = CHAMPION) -> None:
        """Takes the alias from whatever version carries it; nothing happens where none does."""
        if self._aliased(name, alias) is not None:
            self.client.delete_registered_model_alias(name, alias)

    def load(self, name: str, version: int | str = CHAMPION) -> Any:
        """The fitted estimator of a version or alias, as it was logged.

        The code in this process is used, not the copy saved beside the model.
        """
        chosen = self.resolve(name, version)
        before = list(sys.path)
        try:
            self.connect()
            return importlib.import_module("mlflow.sklearn").load_model(chosen.uri)
        finally:
            # MLflow leaves the saved copy of our code first on the path, where later imports would find it.
            sys.path[:] = before

    def _aliased(self, name: str, alias: str) -> ModelVersion | None:
        missing = importlib.import_module("mlflow.exceptions").MlflowException
        try:
            return _version(self.client.get_model_version_by_alias(name, alias))
        except missing as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise

    def _experiment_id(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        remote = self.tracking_uri.startswith("http")
        location = None if remote else (self.artifacts_path.absolute() / name).as_uri()
        return str(self.client.create_experiment(name, artifact_location=location))


@dataclass(frozen=True)
class Run:
    """One MLflow run: what went in, what came out, and the model.

    Attributes:
        registry: Where it is kept.
        experiment: The name of its experiment.
        run_id: MLflow's id of it.
    """

    registry: Registry
    experiment: str
    run_id: str

    def child(self, name: str, *, tags: Mapping[str, str] | None = None) -> Any:
        """A run below this one, for one candidate of a comparison; use it in a `with` block."""
        return self.registry.run(self.experiment, name, parent=self, tags=tags)

    def params(self, values: Mapping[str, object]) -> None:
        """Logs settings as text; MLflow cuts what is longer than 6,000 characters."""
        entity = importlib.import_module("mlflow.entities").Param
        items = [entity(key, str(value)) for key, value in values.items()]
        for start in range(0, len(items), _PARAMS_A_CALL):
            self.registry.client.log_batch(self.run_id, params=items[start : start + _PARAMS_A_CALL])

    def metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:
        """Logs figures; a tag's are named `ap/coffee`, and the UI groups by what stands before the slash."""
        entity = importlib.import_module("mlflow.entities").Metric
        now_ms = int(importlib.import_module("mlflow.utils.time").get_current_time_millis())
        items = [entity(key, float(value), now_ms, step) for key, value in values.items()]
        for start in range(0, len(items), _METRICS_A_CALL):
            self.registry.client.log_batch(self.run_id, metrics=items[start : start + _METRICS_A_CALL])

    def tags(self, values: Mapping[str, str]) -> None:
        """Marks the run."""
        for key, value in values.items():
            self.registry.client.set_tag(self.run_id, key, value)

    def table(self, name: str, frame: "pd.DataFrame") -> None:
        """Logs a frame, with its index if that is named: `tables/NAME.csv`, and `.json` for the UI."""
        flat = frame.reset_index() if frame.index.name else frame
        self.registry.client.log_text(self.run_id, flat.to_csv(index=False), f"tables/{name}.csv")
        self.registry.client.log_table(self.run_id, flat, f"tables/{name}.json")

    def figure(self, name: str, figure: "Figure") -> None:
        """Logs a plot as `plots/NAME.png`."""
        self.registry.client.log_figure(self.run_id, figure, f"plots/{name}.png")

    def document(self, name: str, content: Mapping[str, object]) -> None:
        """Logs a nested document as `NAME.json`."""
        # MLflow's own log_dict would escape every Chinese character.
        text = json.dumps(content, ensure_ascii=False, indent=2)
        self.registry.client.log_text(self.run_id, text, f"{name}.json")

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
        client = self.registry.client
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        created = client.create_model_version(
            name, source=model.model_uri, run_id=self.run_id, tags=dict(tags or {}), model_id=model.model_id
        )
        return _version(created)

    def _log(self, name: str, estimator: Any, example: "pd.DataFrame", predict: str) -> Any:
        mlflow = self.registry.connect()
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


def quiet_mlflow() -> Any:
    """The module `mlflow`, imported on the first call; it warns but does not chat, and sends nothing out."""
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    mlflow = importlib.import_module("mlflow")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return mlflow


def _version(found: Any) -> ModelVersion:
    return ModelVersion(found.name, int(found.version), found.run_id or "", dict(found.tags))


def _signature(rows: "pd.DataFrame", predictions: "pd.DataFrame") -> Any:
    """Float64 columns in and out; stated, because a guess from rows with gaps would make some optional."""
    models = importlib.import_module("mlflow.models")
    types = importlib.import_module("mlflow.types")
    inputs, outputs = (
        types.Schema([types.ColSpec(types.DataType.double, name) for name in frame.columns])
        for frame in (rows, predictions)
    )
    return models.ModelSignature(inputs=inputs, outputs=outputs)
