"""Settings: read once at an entry point from the environment and `tagloop.toml`, frozen, passed on."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.clock import Clock, FixedClock, OffsetClock, SteppedClock
from core.wrong_values import WrongValueError


class Settings(BaseSettings):
    """Everything that may differ between two installations.

    The environment (`TAGLOOP_...`) wins over `tagloop.toml` in the data folder.
    """

    model_config = SettingsConfigDict(env_prefix="TAGLOOP_", frozen=True, extra="forbid")

    home: Path = Field(default=Path("var"), description="the data folder; removing it resets everything")
    database_url: str | None = Field(
        default=None, description="operational store; SQLite in the home if unset"
    )
    mlflow_uri: str | None = Field(default=None, description="MLflow tracking; SQLite in the home if unset")
    timezone: str = Field(default="UTC", description="the shop's zone: days and hours are counted in it")
    currency: str = Field(default="CNY", min_length=3, max_length=3, description="ISO 4217 code of amounts")
    taxonomy: Path | None = Field(default=None, description="the tag file; the demo's if unset")
    clock: Literal["live", "fixed", "offset", "stepped"] = Field(
        default="live",
        description="a replay's clock is stepped: it tells what the file `clock` in the home says",
    )
    clock_instant: datetime | None = Field(default=None, description="the instant of a fixed clock")
    clock_offset_seconds: float = Field(
        default=0.0, description="what an offset clock adds to the wall clock"
    )
    horizon_days: int = Field(default=30, ge=1, le=365, description="how far an outcome looks ahead")
    lake_buckets: int | None = Field(
        default=None, ge=1, le=4096, description="partitions of a new lake; by the first load's size if unset"
    )
    catalogue_groups: int = Field(default=40, ge=0, le=500, description="largest categories to count")
    reviews_per_day: float = Field(
        default=100.0, ge=0, allow_inf_nan=False, description="suggestions that people can decide a day"
    )
    audit_share: float = Field(
        default=0.2, ge=0, le=1, description="of the suggestions that people look at, those drawn at random"
    )
    new_tag_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="of the suggestions that people look at, at most those of tags that no model knows yet",
    )
    second_review_share: float = Field(
        default=0.1, ge=0, le=1, description="of the suggestions, those that two people decide"
    )
    repeat_review_share: float = Field(
        default=0.02, ge=0, le=0.5, description="of a reviewer's decisions, those asked for once more"
    )
    blind_share: float = Field(
        default=0.2, ge=0, le=1, description="of the suggestions, those hidden until they are decided"
    )
    lease_minutes: float = Field(
        default=5.0, gt=0, le=1440, description="how long a task in front of one reviewer is nobody else's"
    )
    certificate_days: int | None = Field(
        default=None, ge=1, le=3650, description="how long a certificate holds; twice the horizon if unset"
    )
    retrain_new_outcomes: float = Field(
        default=0.1,
        gt=0,
        le=10,
        description="cutoffs whose outcomes are new, as a share of those learned from",
    )
    retrain_new_decisions: int = Field(
        default=30, ge=1, description="new decisions on reviewed tags that are reason to retrain"
    )
    retrain_after_days: int = Field(
        default=90, ge=1, le=3650, description="after so many days a model that serves is out of date"
    )
    retrain_again_days: int = Field(
        default=7, ge=0, le=365, description="how long the same reasons rest after they led to nothing"
    )
    promote_margin: float = Field(
        default=0.01, ge=0, le=1, description="by how much a model may be worse than one that is out of date"
    )
    promote_tag_loss: float = Field(
        default=0.03, ge=0, le=1, description="average precision that no tag may lose for certain"
    )
    promote_coverage_loss: float = Field(
        default=0.1, ge=0, le=1, description="coverage of a tag above which its certificate may not be lost"
    )
    seed: int = 0
    workers: int = Field(default=2, ge=1, le=256, description="threads that build features")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    follow_seconds: float = Field(
        default=2.0, ge=0, description="how often a server looks where @champion is in MLflow; 0 for never"
    )
    metrics: bool = Field(default=True, description="whether GET /metrics answers; it needs no key")
    window_days: int = Field(default=7, ge=1, le=92, description="how many days monitoring looks at together")
    verdict_windows: int = Field(
        default=4, ge=1, le=52, description="the last windows that the verdict to retrain looks at"
    )
    verdict_violations: int = Field(
        default=2,
        ge=1,
        le=52,
        description="of these, how many have to be in violation, the latest among them",
    )
    monitored_customers: int = Field(
        default=10_000, ge=100, description="customers at most that monitoring looks at in a window: a sample"
    )
    served_log_per_day: int = Field(
        default=5_000,
        ge=0,
        description="served customers a day whose features are kept to be watched; 0 for none",
    )
    served_log_days: int = Field(default=35, ge=2, le=365, description="how long they are kept")
    changes_days: int = Field(
        default=90, ge=1, le=3650, description="how long changes of profiles can be read from the feed"
    )
    webhooks_local: bool = Field(
        default=False, description="whether webhooks may lead to http and to addresses of one's own network"
    )
    flush_seconds: float = Field(default=5.0, gt=0, description="how often live events move to the lake")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise WrongValueError(
                "{name} is no time zone; expected an IANA name such as Asia/Shanghai", name=repr(name)
            )
        return name

    @model_validator(mode="after")
    def _fixed_clock_has_an_instant(self) -> Self:
        if self.clock == "fixed" and self.clock_instant is None:
            raise WrongValueError("a fixed clock needs clock_instant, the instant that it tells")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (fixed by the base class)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (fixed by the base class)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file in the home that those two name."""
        named: dict[str, Any] = {**env_settings(), **init_settings()}
        file = Path(named.get("home", "var")) / "tagloop.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    def at(self, instant: datetime) -> Self:
        """The same settings with the clock fixed at an instant."""
        return self.model_copy(update={"clock": "fixed", "clock_instant": instant})

    @property
    def lease(self) -> timedelta:
        """How long a task in front of one reviewer is nobody else's."""
        return timedelta(minutes=self.lease_minutes)

    @property
    def certified_days(self) -> int:
        """How long a certificate holds, in the shop's days."""
        return self.certificate_days or 2 * self.horizon_days

    @property
    def renewed_days(self) -> int:
        """How many days before a certificate ends there is reason to renew it; whoever looks each week is in time."""
        return min(7, self.certified_days // 4)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)

    def make_clock(self) -> Clock:
        """The clock that these settings describe."""
        if self.clock == "fixed" and self.clock_instant is not None:
            instant = self.clock_instant
            return FixedClock(instant if instant.tzinfo else instant.replace(tzinfo=self.zone))
        if self.clock == "stepped":
            return self.stepped_clock
        offset = self.clock_offset_seconds if self.clock == "offset" else 0.0
        return OffsetClock(timedelta(seconds=offset))

    @property
    def stepped_clock(self) -> SteppedClock:
        """The clock that a replay of this home sets."""
        return SteppedClock(self.home / "clock")

    @property
    def lake_path(self) -> Path:
        """Where the event lake is kept."""
        return self.home / "lake"

    @property
    def releases_path(self) -> Path:
        """Where promoted models are kept in the form that serving loads."""
        return self.home / "releases"

    @property
    def cards_path(self) -> Path:
        """Where the cards of registered models are kept."""
        return self.home / "cards"

    @property
    def store_url(self) -> str:
        """The operational store's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.home / 'tagloop.db').absolute()}"

    @property
    def tracking_uri(self) -> str:
        """MLflow's tracking and registry URI."""
        return self.mlflow_uri or f"sqlite:///{(self.home / 'mlflow.db').absolute()}"

    @property
    def artifacts_path(self) -> Path:
        """Where MLflow keeps files when it runs on the default store."""
        return self.home / "mlartifacts"
