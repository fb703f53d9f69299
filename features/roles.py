"""Roles of events as numbers, so that arrays can hold them."""

from collections.abc import Iterable

import numpy as np

from features.contract import Role
from features.histories import Ints

ROLE_NUMBER = {role: number for number, role in enumerate(Role)}
UNKNOWN = len(ROLE_NUMBER)  # of types that nobody registered
N_ROLES = len(ROLE_NUMBER) + 1

PURCHASE = ROLE_NUMBER[Role.PURCHASE]
REFUND = ROLE_NUMBER[Role.REFUND]
EXPOSURE = ROLE_NUMBER[Role.EXPOSURE]
REDEMPTION = ROLE_NUMBER[Role.REDEMPTION]
INTEREST = ROLE_NUMBER[Role.INTEREST]
CONTACT = ROLE_NUMBER[Role.CONTACT]
PRESENCE = ROLE_NUMBER[Role.PRESENCE]
OPINION = ROLE_NUMBER[Role.OPINION]


def role_flags(roles: Iterable[Role]) -> Ints:
    """1 for each of those roles, else 0: shape (N_ROLES,)."""
    chosen = set(roles)
    return np.array([*[role in chosen for role in ROLE_NUMBER], False], dtype=np.int64)
