"""MLflow's model registry: the versions of each model and the aliases that name some of them."""

import importlib
import sys
from typing import Any

from core.errors import NotFoundError, NotReadyError
from models.tracking import Tracking
from models.versions import ModelVersion, as_version

CHAMPION = "champion"
CHALLENGER = "challenger"


class Registry(Tracking):
    """MLflow's tracking and registry at one address; the arguments are those of `Tracking`."""

    def versions(self, name: str) -> list[ModelVersion]:
        """Every registered version of a model, oldest first; none if there is no such model."""
        found = self.client.search_model_versions(f"name = '{name}'")
        return sorted((as_version(item) for item in found), key=lambda version: version.version)

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

    def metrics(self, version: ModelVersion) -> dict[str, float]:
        """The figures of the run that trained a version."""
        return dict(self.client.get_run(version.run_id).data.metrics)

    def params(self, version: ModelVersion) -> dict[str, str]:
        """The settings of the run that trained a version, as text."""
        return dict(self.client.get_run(version.run_id).data.params)

    def document(self, version: ModelVersion, name: str) -> dict[str, Any] | None:
        """A document of the run that trained a version; None where it left none of that name."""
        mlflow = self.connect()
        if f"{name}.json" not in {file.path for file in self.client.list_artifacts(version.run_id)}:
            return None
        found: dict[str, Any] = mlflow.artifacts.load_dict(f"runs:/{version.run_id}/{name}.json")
        return found

    def _aliased(self, name: str, alias: str) -> ModelVersion | None:
        missing = importlib.import_module("mlflow.exceptions").MlflowException
        try:
            return as_version(self.client.get_model_version_by_alias(name, alias))
        except missing as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise
