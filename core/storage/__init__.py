"""The operational store: engine, transactions and migrations. The tables live with the stages that own them."""

from core.storage.base import Base
from core.storage.engine import OF_SERVERS, Store, open_store
from core.storage.reader import Reader

__all__ = ["OF_SERVERS", "Base", "Reader", "Store", "open_store"]
