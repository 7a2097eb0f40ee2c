"""A migration that takes its time"""

import sqlalchemy as sa
from alembic import op

revision = "51ee90b7c3d4"
down_revision = "9bc17d03f6a2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SELECT pg_sleep(20)")
    op.create_table("albums", sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.Text, nullable=False))


def downgrade() -> None:
    op.drop_table("albums")
