"""MLflow at one address: its client, its runs and where it keeps their files.

Importing it loads nothing of MLflow; the first call does (some seconds). Serving never comes here: it reads a
release.
"""

import importlib
import logging
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from models.runs import Run

# MLflow sends usage figures out and draws progress bars of its own unless told not to.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


class Tracking:
    """MLflow at one address: its client, and runs.

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

        >>> Tracking("sqlite:////data/mlflow.db", Path("/data/mlartifacts")).ui_command
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
        parent: Run | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Iterator[Run]:
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

    def _experiment_id(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        remote = self.tracking_uri.startswith("http")
        location = None if remote else (self.artifacts_path.absolute() / name).as_uri()
        return str(self.client.create_experiment(name, artifact_location=location))


def quiet_mlflow() -> Any:
    """The module `mlflow`, imported on the first call; it warns but does not chat, and sends nothing out."""
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    mlflow = importlib.import_module("mlflow")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It would print the whole traceback of an error of the database, which is raised and told in words as well.
    logging.getLogger("mlflow.store.db").setLevel(logging.CRITICAL)
    return mlflow
