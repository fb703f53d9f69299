"""Campaigns that a customer had to do with."""

import numpy as np

from core.compiled import compiled
from features.roles import EXPOSURE, REDEMPTION
from features.view.inputs import Columns
from features.view.keys import NOWHERE, number_keys
from features.view.records import CAMPAIGN, Records


@compiled
def campaigns_of(events: Records, columns: Columns) -> Records:
    """The distinct campaigns of exposures and redemptions: shape (n_campaigns,)."""
    keys, role, count = np.empty(len(events), dtype=np.int64), np.empty(len(events), dtype=np.int64), 0
    for event in events:
        if event["role"] == EXPOSURE or event["role"] == REDEMPTION:
            keys[count], role[count] = columns.campaign_key[event["row"]], event["role"]
            count += 1
    number = np.empty(count, dtype=np.int64)
    campaigns = np.zeros(number_keys(keys[:count], number, NOWHERE), dtype=CAMPAIGN)
    for place in range(count):
        if number[place] >= 0 and role[place] == EXPOSURE:
            campaigns[number[place]]["reached"] = 1
        elif number[place] >= 0:
            campaigns[number[place]]["answered"] = 1
    return campaigns
