"""A migration whose constraint names a column that the table does not have"""

import sqlalchemy as sa
from alembic import op

revision = "d3a07e9c5518"
down_revision = "84ed1736fc02"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("currency", sa.String(3), nullable=True))
    op.create_check_constraint("items_currency", "items", "currency IN ('EUR', 'USD') AND country IS NOT NULL")


def downgrade() -> None:
    op.drop_column("items", "currency")
