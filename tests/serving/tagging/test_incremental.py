"""Whatever happens in whatever order, profiles kept up step by step are those that a full rebuild gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.storage import open_store
from tags.definition import Method, Tag
from tags.imports.importing import Importer, Job
from tags.imports.rows import Row
from tags.imports.undoing import undo
from tags.profile.people import Word, say, take_back
from tags.profile.touched import touched
from tests.serving.conftest import Home
from tests.serving.tagging.test_refreshing import DAY, FREQUENT, LIKELY, MINUTE, Shop, rule

BRIEF = rule("young", "attribute.age = '18-29'", lifetime_days=2)
"""What people say of it lapses after two days."""
FOND = rule("fond", "tag.vip or (tag.coffee and not tag.young)")
VIP = rule("vip", "true").model_copy(update={"method": Method.IMPORT, "rule": None})
REDEFINED = (
    rule("frequent", "baskets_84d >= 12"),
    rule("frequent", "baskets_84d >= 18 or tag.vip"),
    rule("likely", "tag.fond and not tag.frequent"),
)

Step = Callable[["World"], None]


@dataclass
class World:
    """A shop, and the steps that may happen to it."""

    shop: Shop
    imports: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def go(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.shop.clock.at += MINUTE
            step(self)
        self.look_after_touched()

    def look_after_touched(self) -> None:
        worker = self.shop.worker()
        while True:
            with self.shop.store.read() as connection:
                names = touched(connection, 100)
            if not names:
                return
            worker.work_out(names)

    def say(self, customer: str, tag: str, *, carries: bool) -> None:
        shop = self.shop
        word = Word(f"w{next(self.numbers)}", customer, tag, carries=carries, by="lin")
        with shop.store.write() as connection:
            say(connection, word, taxonomy=shop.taxonomy, now=shop.clock.at, zone=shop.settings.zone)

    def take_back(self, customer: str, tag: str) -> None:
        with self.shop.store.write() as connection:
            take_back(connection, customer, tag, taxonomy=self.shop.taxonomy, now=self.shop.clock.at)

    def bring(self, customers: Sequence[str], tag: str, cell: str) -> None:
        shop, name = self.shop, f"i{next(self.numbers)}"
        importer = Importer(
            shop.store, shop.taxonomy, Job(name, "", name, "lin", shop.clock.at), shop.settings.zone
        )
        rows = [Row(line, customer, tag, cell) for line, customer in enumerate(customers, start=1)]
        with shop.store.write() as connection:
            importer.run_at_once(connection, rows, lambda _outcomes: None, now=shop.clock.at)
        self.imports.append(name)

    def undo_the_last_import(self) -> None:
        if self.imports:
            shop = self.shop
            undo(shop.store, self.imports.pop(), by="lin", taxonomy=shop.taxonomy, now=shop.clock.at)

    def let_a_day_pass(self) -> None:
        self.shop.clock.at += DAY
        self.shop.refresh()

    def define(self, tag: Tag) -> None:
        self.shop.define(tag)
        self.shop.refresh()


CUSTOMERS = st.sampled_from([f"c{number}" for number in (1, 3, 9, 10, 11, 31, 45, 60)])
SAID = st.sampled_from(["coffee", "frequent", "young", "likely", "fond", "vip"])
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda name, item: lambda world: world.shop.buy(name, item, next(world.numbers)),
        CUSTOMERS,
        st.sampled_from(["c1", "t1", "b1"]),
    ),
    st.builds(
        lambda name, tag, carries: lambda world: world.say(name, tag, carries=carries),
        CUSTOMERS,
        SAID,
        st.booleans(),
    ),
    st.builds(lambda name, tag: lambda world: world.take_back(name, tag), CUSTOMERS, SAID),
    st.builds(
        lambda names, tag, cell: lambda world: world.bring(names, tag, cell),
        st.lists(CUSTOMERS, min_size=1, max_size=4, unique=True),
        st.sampled_from(["vip", "coffee", "young"]),
        st.sampled_from(["yes", "no"]),
    ),
    st.just(World.undo_the_last_import),
    st.just(World.look_after_touched),
    st.just(World.let_a_day_pass),
    st.builds(lambda tag: lambda world: world.define(tag), st.sampled_from(REDEFINED)),
)


@given(steps=st.lists(STEPS, min_size=6, max_size=16))
@settings(max_examples=12)
def test_profiles_kept_up_by_random_steps_are_those_of_a_full_rebuild(
    trained_home: Home, steps: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        home = trained_home.copy_to(Path(folder) / "shop")
        shop = Shop(home.settings, open_store(home.settings))
        try:
            shop.define(FREQUENT, BRIEF, LIKELY, VIP, FOND)
            shop.refresh()
            World(shop).go(steps)
            found = shop.rebuild()
            assert (found.customers, found.waiting, found.differing) == (91, 0, ())
            before = shop.carried()
            again = shop.refresh(force=True)
            assert again is not None
            assert (again.new, again.ended, again.changes) == (0, 0, 0)
            assert shop.carried() == before
        finally:
            shop.store.close()
