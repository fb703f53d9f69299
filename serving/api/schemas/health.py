"""Whether the server lives and can serve."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from serving.api.fields import Answer


class HealthAnswer(Answer):
    """The server lives."""

    status: Literal["ok"]
    version: str = Field(description="of Tagloop")
    now: datetime = Field(description="what the shop's clock says")


class ReadyAnswer(Answer):
    """Store, lake and models can serve."""

    status: Literal["ready"]
    release_id: str = Field(description="the set of models that answers")
