"""The operational store: engine, transactions and migrations. The tables live with the stages that own them."""

from core.storage.base import Base
from core.storage.engine import OF_SERVERS, Store, open_store

__all__ = ["OF_SERVERS", "Base", "Store", "open_store"]
