"""The tables that the API uses and the one engine that reaches them."""

import uuid

from sqlalchemy import BigInteger, Engine, String, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Image(Base):
    __tablename__ = "images"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)


def open_engine(url: str) -> Engine:
    return create_engine(url, pool_size=5, pool_pre_ping=True, connect_args={"connect_timeout": 3})


def schema_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def save_image(engine: Engine, image: Image) -> None:
    with Session(engine) as session, session.begin():
        session.add(image)


def find_image(engine: Engine, image_id: uuid.UUID) -> Image | None:
    with Session(engine, expire_on_commit=False) as session:
        return session.scalars(select(Image).where(Image.id == image_id)).one_or_none()
