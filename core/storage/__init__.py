"""The operational store: engine, transactions and migrations. The tables live with the stages that own them."""

from core.storage.base import Base
from core.storage.engine import Store, open_store

__all__ = ["Base", "Store", "open_store"]
