"""The one table that the API and the workers share."""

import uuid

from sqlalchemy import Engine, String, Text, create_engine, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Document(Base):
    """A file that somebody handed in: `stored`, `extracted`, `indexed`."""

    __tablename__ = "documents"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    state: Mapped[str] = mapped_column(String(20))
    words: Mapped[str | None] = mapped_column(Text)


def open_engine(url: str) -> Engine:
    return create_engine(url, pool_size=5, pool_pre_ping=True, connect_args={"connect_timeout": 3})


def schema_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def save_document(engine: Engine, document: Document) -> None:
    with Session(engine) as session, session.begin():
        session.add(document)


def find_document(engine: Engine, document_id: uuid.UUID) -> Document | None:
    with Session(engine, expire_on_commit=False) as session:
        return session.scalars(select(Document).where(Document.id == document_id)).one_or_none()


def change_document(engine: Engine, document_id: uuid.UUID, **values: str) -> None:
    with Session(engine) as session, session.begin():
        session.execute(update(Document).where(Document.id == document_id).values(**values))
