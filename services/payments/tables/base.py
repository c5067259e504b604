"""What the tables of payments share: their metadata, and the types of their columns."""

from datetime import datetime

from sqlalchemy import Column, DateTime, MetaData, text
from sqlmodel import SQLModel

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


def recorded() -> Column[datetime]:
    """A column with the real time at which a row was written."""
    return Column(MOMENT, nullable=False, server_default=text("clock_timestamp()"))


class Table(SQLModel):
    """Base of the service's own tables."""

    metadata = METADATA
