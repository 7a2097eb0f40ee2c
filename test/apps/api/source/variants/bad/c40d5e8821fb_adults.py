"""A migration that was written for a column that nobody has added"""

import sqlalchemy as sa
from alembic import op

revision = "c40d5e8821fb"
down_revision = "9bc17d03f6a2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("adult", sa.Boolean, nullable=True))
    op.execute("UPDATE users SET adult = true WHERE users.age >= 18")


def downgrade() -> None:
    op.drop_column("users", "adult")
