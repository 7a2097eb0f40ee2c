"""A migration that relies on a table that nobody has made"""

import sqlalchemy as sa
from alembic import op

revision = "c8845e3d0b61"
down_revision = "6d02ab9517ef"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("author", sa.Text, nullable=True))
    op.execute("UPDATE documents SET author = (SELECT name FROM authors WHERE authors.id = documents.id)")


def downgrade() -> None:
    op.drop_column("documents", "author")
