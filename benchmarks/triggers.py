"""From sending an event to having its tags on the profile: over HTTP, with rules and triggers, and without any tag."""

import random
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sqlalchemy import select

from benchmarks.report import Figure
from benchmarks.server import Server, copy_home, served
from core.errors import ConflictError
from core.language import Text
from core.settings import Settings
from core.storage import open_store
from features.tables import History, Item

PER_SECOND = 200
SECONDS = 20
TARGET_MS = 25
KINDS = ("purchase", "purchase", "purchase", "cart_add", "coupon_redeem", "sign_up")
PROBES = 20
EVENTS_A_CALL = 1_000
CALLS = 5


def measure(settings: Settings) -> list[Figure]:
    """The figures on how long a call takes whose events decide on tags, on copies of the home.

    Single events of customers drawn at random come at 200 a second for 20 seconds, to a server with the general pack
    active and to one whose only tag is a model's; the two take turns twice, so that both see the same machine. Before
    the first measurement some new customers buy, and each has to carry its tag when the call answers.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: The server answered some request with an error, or an event did not give its tag.
        UnavailableError: The server did not start.
    """
    with tempfile.TemporaryDirectory(prefix="tagloop-triggers-") as folder:
        tagged = copy_home(settings, Path(folder) / "tagged")
        bare = copy_home(settings, Path(folder) / "bare")
        activate_pack(tagged)
        ...
    return []
