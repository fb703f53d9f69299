"""A home as a data scientist works with it: `open_home()` in a notebook, then events, features, rows and models.

Nothing here changes the home but what is done with `Home.models`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Self
from warnings import catch_warnings, simplefilter

import pandas as pd
import pyarrow as pa
from sqlalchemy import select

from core.clock import parse_instant
from core.language import Language, terminal_language
from core.settings import Settings
from core.storage import Store
from core.storage.engine import look_into_store
from features.build import Panel, build, build_panel
from features.contract import Role
from features.kernel import columns
from features.outcomes import Horizon
from features.period import Period, known_period
from features.source import FeatureSource, open_source
from features.tables import Item
from models.plot_style import shown_language
from models.registry import Registry
from tagloop.session import NOW, Session, read_settings
from tags.catalogue.taking import look
from tags.taxonomy import Taxonomy
from training.candidates import CHURN, Contest, interest_contest
from training.counted import Counted, counted
from training.cutoffs import Calendar, Plan, plan_cutoffs
from training.data import Rows, churn_rows, interest_rows

CHECKOUT = Path(__file__).parents[1]
EVENT_COLUMNS = ("customer_id", "occurred_at", "type", "channel", "order_id", "item_id", "quantity", "amount")
Cutoff = str | datetime


@dataclass(frozen=True, eq=False)
class Home:
    """One installation, open to be looked at.

    Instants may be given as text, such as "2017-11-01": that midnight in the shop's zone. "now" is the beginning of
    the shop's present day. Events that a server accepted and has not moved to the lake yet are not seen.

    Attributes:
        session: Settings, store, clock and taxonomy.
        language: Of names and plots; English where no font has Chinese characters.
    """

    session: Session
    language: Language

    def __enter__(self) -> Self:
        """The home itself; it is closed when the block ends."""
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the store's connections back."""
        self.store.close()

    @property
    def settings(self) -> Settings:
        """The settings of the environment and of `tagloop.toml`."""
        return self.session.settings

    @property
    def store(self) -> Store:
        """The operational store, opened to be read."""
        return self.session.store

    @property
    def taxonomy(self) -> Taxonomy:
        """The tags."""
        return self.session.taxonomy

    @property
    def tag_names(self) -> dict[str, str]:
        """What each tag is called, by key."""
        return {tag.key: tag.name.in_language(self.language) for tag in self.taxonomy.tags}

    def say(self, en: str, zh: str) -> str:
        """The text in the home's language."""
        return zh if self.language == "zh" else en

    @cached_property
    def source(self) -> FeatureSource:
        """What feature rows are built from, as the lake stands when it is first asked for."""
        return open_source(self.settings, self.store, self.taxonomy.groups, targets=self.taxonomy.targets)

    @cached_property
    def period(self) -> Period:
        """From when to when the data tells something, whatever the clock says."""
        return known_period(self.source, self.settings, self.instant(NOW))

    @cached_property
    def plan(self) -> Plan:
        """The cutoffs that a training until now learns from and is tested on."""
        calendar = Calendar(self.settings.zone, self.settings.horizon_days, self.period.starts)
        return plan_cutoffs(self.period.ends, calendar)

    @cached_property
    def counted(self) -> Counted:
        """What the outcomes of the tags count: purchases, ratings, visits, ..."""
        return counted(self.source)

    @cached_property
    def models(self) -> Registry:
        """Registered models: `models.load("churn")` is the fitted champion, `models.versions("churn")` lists all."""
        with catch_warnings():
            simplefilter("ignore")  # MLflow's progress bars miss widgets that nothing here shows
            import_module("tqdm.auto")
        return Registry(self.settings.tracking_uri, self.settings.artifacts_path)

    def promoted_kind(self, model: str) -> str:
        """The kind of model that serves, by its name in the contest.

        Raises:
            NotReadyError: Nothing was promoted yet.
        """
        run = self.models.client.get_run(self.models.resolve(model).run_id)
        return str(run.data.params["model"])

    @cached_property
    def meanings(self) -> "pd.Series[str]":
        """What each feature counts, by column."""
        found = columns(self.source.spec)
        return pd.Series({column.name: self.say(column.en, column.zh) for column in found}, name="meaning")

    def instant(self, at: Cutoff) -> datetime:
        """The instant of a text.

        Raises:
            InvalidInputError: It is no date, or "now" and its like lie after the clock.
        """
        if isinstance(at, datetime):
            return at
        if at == NOW:
            return self.session.instant(at, field="as_of")
        return parse_instant(at, self.settings.zone, field="as_of")

    def events(self, names: Sequence[str] = EVENT_COLUMNS, *, customer_id: str | None = None) -> pd.DataFrame:
        """The lake's events with those columns of the contract, of one customer or of all.

        Instants are in the shop's zone, amounts are floats. All events of a large shop take memory: name the columns
        that are needed.
        """
        lake, version = self.source.lake, self.source.lake_version
        if customer_id is not None:
            found = lake.read_customer(customer_id, names)
        else:
            parts = [lake.read_bucket(bucket, names, version=version) for bucket in range(lake.buckets)]
            found = pa.concat_tables(parts).unify_dictionaries()
        frame = _with_floats(found).to_pandas()
        for name in frame.columns.intersection(["occurred_at", "received_at"]):
            frame[name] = frame[name].dt.tz_convert(self.settings.zone)
        return frame

    def items(self) -> pd.DataFrame:
        """The catalogue, indexed by item_id: name, brand, and the first category path from wide to narrow."""
        query = select(Item.item_id, Item.name, Item.brand, Item.category_paths)
        with self.store.read() as connection:
            rows = [
                (
                    row.item_id,
                    row.name,
                    row.brand,
                    " > ".join(row.category_paths[0]) if row.category_paths else None,
                )
                for row in connection.execute(query)
            ]
        return pd.DataFrame(rows, columns=["item_id", "name", "brand", "category"]).set_index("item_id")

    def features(self, as_of: Cutoff = NOW) -> pd.DataFrame:
        """One row a customer as of an instant; see `features.build`."""
        return build(self.source, self.instant(as_of))

    def panel(self, cutoffs: Iterable[Cutoff]) -> Panel:
        """Features as of each cutoff, and what turned out within the horizon as far as it is known by now."""
        horizon = Horizon(self.settings.horizon_days, self.period.ends)
        return build_panel(self.source, [self.instant(cutoff) for cutoff in cutoffs], horizon=horizon)

    def interest_rows(self, panel: Panel) -> Rows:
        """The rows of active customers with the outcomes of the tags that events tell."""
        tags = [tag.key for tag in self.taxonomy.outcome_tags]
        return interest_rows(panel, tags, self.counted.activity)

    def churn_rows(self, panel: Panel) -> Rows:
        """The rows of customers who may leave, with whether they did."""
        return churn_rows(panel)

    @property
    def interest_contest(self) -> Contest:
        """Who takes part in the comparison of interest models; see `training.forward.forward_scores`."""
        return interest_contest(self.counted, looked_at=Role.INTEREST in self.source.spec.attention)

    @property
    def churn_contest(self) -> Contest:
        """Who takes part in the comparison of churn models."""
        return CHURN


def open_home(folder: Path | str | None = None, *, language: Language | None = None) -> Home:
    """The home in a folder, or the one that the environment names, or the checkout's `var`.

    Raises:
        NotReadyError: Nothing was loaded into it yet.
        InvalidInputError: Its settings are wrong.
    """
    settings = _settings(folder)
    store = look_into_store(settings)
    session = Session(settings, store, settings.make_clock(), partial(look, settings, store))
    return Home(session, shown_language(language or terminal_language()))


def _settings(folder: Path | str | None) -> Settings:
    """A notebook's folder is not the checkout, where the default home would be looked for."""
    if folder is not None:
        return Settings(home=Path(folder).absolute())
    settings = read_settings()
    if "home" in settings.model_fields_set or settings.home.exists():
        return settings
    return Settings(home=CHECKOUT / settings.home)


def _with_floats(table: pa.Table) -> pa.Table:
    """Exact decimals as floats, which pandas can count with."""
    fields = [
        pa.field(field.name, pa.float64()) if pa.types.is_decimal(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
