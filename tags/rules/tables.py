"""The table of thresholds that rules take from the shop's own customers."""

from datetime import datetime

from sqlalchemy import Double, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base


class Quantile(Base):
    """Grain: one quantile of one expression over all customers; the same for everybody until it is taken anew."""

    __tablename__ = "rule_quantiles"

    expression: Mapped[str] = mapped_column(Text, primary_key=True)
    share: Mapped[float] = mapped_column(Double, primary_key=True)
    value: Mapped[float | None] = mapped_column(Double)
    customers: Mapped[int]
    as_of: Mapped[datetime]
