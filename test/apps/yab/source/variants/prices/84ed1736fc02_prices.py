"""Prices; the version before does not mind the new column"""

import sqlalchemy as sa
from alembic import op

revision = "84ed1736fc02"
down_revision = "2f90c4d1ab37"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("price", sa.Numeric(10, 2), nullable=True))


def downgrade() -> None:
    op.drop_column("items", "price")
