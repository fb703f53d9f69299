"""The tables of definitions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class TagVersion(Base):
    """Grain: one version of one tag's definition; rows are never changed or removed, the highest version counts."""

    __tablename__ = "tag_versions"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(_BIG, unique=True)
    definition: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)


class GroupVersion(Base):
    """Grain: one version of one group of tags; as `TagVersion`."""

    __tablename__ = "tag_group_versions"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(_BIG, unique=True)
    definition: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class TaxonomyFile(Base):
    """Grain: one file or pack as it was last taken over, so that a later one is told apart from changes made here."""

    __tablename__ = "taxonomy_files"

    origin: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[dict[str, Any]]
    taken_at: Mapped[datetime]


class TagUse(Base):
    """Grain: one tag, one local day, one way of asking: how often answers of the API named it."""

    __tablename__ = "tag_uses"

    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    way: Mapped[str] = mapped_column(Text, primary_key=True)
    uses: Mapped[int] = mapped_column(BigInteger)
