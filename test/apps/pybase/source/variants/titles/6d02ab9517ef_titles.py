"""Titles; the version before does not mind the new column"""

import sqlalchemy as sa
from alembic import op

revision = "6d02ab9517ef"
down_revision = "1b7e4f20c9a3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("title", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "title")
