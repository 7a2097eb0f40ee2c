"""Captions; the version before does not mind the new column"""

import sqlalchemy as sa
from alembic import op

revision = "9bc17d03f6a2"
down_revision = "3f2a9c1e5b74"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("caption", sa.Text, nullable=True))
    op.create_index("images_created_at", "images", ["created_at"])


def downgrade() -> None:
    op.drop_index("images_created_at", "images")
    op.drop_column("images", "caption")
