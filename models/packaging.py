"""What has to be kept beside a saved estimator so that it loads elsewhere: packages, trusted types, code."""

import importlib
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import core
from core.errors import InvalidInputError

NEEDED_PACKAGES = ("mlflow", "numpy", "pandas", "scikit-learn", "skops", "lightgbm")

# What our estimators may be made of beyond the plain containers and arrays that skops knows itself.
_TRUSTED = ("models.", "lightgbm.basic.Booster", "collections.OrderedDict")


def requirements() -> list[str]:
    """The packages that loading an estimator needs, pinned to what is installed.

    Stated, because MLflow would otherwise find out by loading the model in a process of its own.
    """
    return [f"{package}=={version(package)}" for package in NEEDED_PACKAGES]


def trusted_types(estimator: Any) -> list[str]:
    """The names of our own types inside the estimator, which a loader has to trust.

    Raises:
        InvalidInputError: It holds a type that is neither ours nor plain data.
    """
    skops = importlib.import_module("skops.io")
    try:
        found = skops.get_untrusted_types(data=skops.dumps(estimator))
    except TypeError as error:
        raise InvalidInputError(
            "{estimator} cannot be saved: {reason}; keep arrays and lists in its fitted state, no frames",
            estimator=type(estimator).__name__,
            reason=error,
        ) from error
    foreign = [name for name in found if not name.startswith(_TRUSTED)]
    if foreign:
        raise InvalidInputError(
            "{estimator} cannot be saved: it holds {types}, which a loader has no reason to trust",
            estimator=type(estimator).__name__,
            types=", ".join(foreign),
        )
    return [str(name) for name in found]


def code_folders() -> tuple[Path, Path]:
    """The folders `core` and `models` of this installation."""
    return Path(core.__path__[0]), Path(__file__).parent


def code_version() -> str:
    """The commit of this checkout, marked `-dirty` with uncommitted changes; else the installed version."""
    top = Path(__file__).parent.parent
    if (top / ".git").exists():
        git = ("git", "-C", str(top), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
        try:
            # Nothing in the command comes from outside, and git is looked up as any developer's is.
            done = subprocess.run(git, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return _package_version()
        return done.stdout.strip()
    return _package_version()


def _package_version() -> str:
    try:
        return version("tagloop")
    except PackageNotFoundError:
        return "unknown"
