"""A shop's tables, read as its mapping file says, and turned once into events, items and customers."""

from features.sources.checking.check import check_mapping
from features.sources.checking.warnings import mapping_warnings
from features.sources.customers import AttributeBatch, attribute_definitions, read_attributes
from features.sources.events import EVENT_BATCH_SCHEMA, EventBatch, count_rows, read_events
from features.sources.items import ItemBatch, read_items
from features.sources.mapping import Mapping, load_mapping
from features.sources.rejects import REASONS

__all__ = [
    "EVENT_BATCH_SCHEMA",
    "REASONS",
    "AttributeBatch",
    "EventBatch",
    "ItemBatch",
    "Mapping",
    "attribute_definitions",
    "check_mapping",
    "count_rows",
    "load_mapping",
    "mapping_warnings",
    "read_attributes",
    "read_events",
    "read_items",
]
