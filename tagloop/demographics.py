"""What the demo's demographics say of the tags that only people know: the knowledge of simulated reviewers.

Complete Journey tells the demographics of 801 households. The attributes that define a tag are kept from its model, so
they can stand for what a person knows of a household and a model has to find out.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select

from core.storage import Store
from features.tables import Attribute

TOLD_BY: Mapping[str, tuple[str, Mapping[str, bool]]] = MappingProxyType(
    {
        "family_with_kids": (
            "household_comp",
            {
                "1 Adult Kids": True,
                "2 Adults Kids": True,
                "1 Adult No Kids": False,
                "2 Adults No Kids": False,
            },
        ),
        "older_household": (
            "age",
            {
                "19-24": False,
                "25-34": False,
                "35-44": False,
                "45-54": False,
                "55-64": True,
                "65+": True,
            },
        ),
        "homeowner": (
            "home_ownership",
            {"Homeowner": True, "Probable Homeowner": True, "Renter": False, "Probable Renter": False},
        ),
    }
)
"""For each tag the attribute that tells it, and what each of its values means."""


def known_to_people(store: Store) -> dict[str, dict[str, bool]]:
    """By tag and customer whether the tag fits; customers of whom the attribute is not known are left out.

    It is undated, so it counts as always known.
    """
    query = select(Attribute.customer_id, Attribute.key, Attribute.value).order_by(Attribute.fact_id)
    with store.read() as connection:
        facts = list(connection.execute(query.where(Attribute.key.in_([key for key, _ in TOLD_BY.values()]))))
    return {
        tag: {customer: means[value] for customer, key, value in facts if key == told_by and value in means}
        for tag, (told_by, means) in TOLD_BY.items()
    }
