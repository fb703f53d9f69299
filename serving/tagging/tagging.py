"""A server's desk for customers' tags: what they carry, what changed, and what people say about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from features.stored_histories import known_customers
from serving.phrases import no_such_customer
from serving.tagging.profiles import history, tags_of
from tags.profile.people import Heard, Word, say, take_back
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class Tagging:
    """Reads and takes down tags; several threads may share it.

    Attributes:
        taxonomy: Gives the definitions as they are now.
    """

    settings: Settings
    store: Store
    clock: Clock
    taxonomy: Callable[[], Taxonomy]

    def tags_of(self, customer_id: str, at: datetime | None = None) -> dict[str, Any]:
        """The tags of all sources that the customer carries at an instant; see `serving.tagging.profiles`.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self.store.read() as connection:
            return tags_of(connection, self.taxonomy(), customer_id, at or self.clock.now())

    def history_of(
        self, customer_id: str, *, tag: str | None = None, before: int | None = None, limit: int = 50
    ) -> dict[str, Any]:
        """A page of the changes of the customer's tags.

        Raises:
            NotFoundError: There is no such customer.
        """
        with self.store.read() as connection:
            return history(connection, self.taxonomy(), customer_id, tag=tag, before=before, limit=limit)

    def say(self, word: Word) -> Heard:
        """Take a person's word down; see `tags.profile.people`.

        Raises:
            NotFoundError: There is no such customer or tag.
            InvalidInputError: Customers cannot carry the tag now, or not with that value.
            ConflictError: The id was used before for another word.
        """
        taxonomy = self.taxonomy()
        with self.store.write() as connection:
            _check_known(connection, word.customer_id)
            return say(connection, word, taxonomy=taxonomy, now=self.clock.now(), zone=self.settings.zone)

    def take_back(self, customer_id: str, tag: str) -> bool:
        """End what people said of a customer's tag; whether there was anything.

        Raises:
            NotFoundError: There is no such customer or tag.
        """
        taxonomy = self.taxonomy()
        with self.store.write() as connection:
            _check_known(connection, customer_id)
            return take_back(connection, customer_id, tag, taxonomy=taxonomy, now=self.clock.now())


def _check_known(connection: Connection, customer_id: str) -> None:
    if not known_customers(connection, [customer_id]):
        raise no_such_customer(customer_id)
