"""Lists of customers at risk: whom to win back first."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "churn_lists",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("knows_amounts", sa.Boolean(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name="pk_churn_lists"),
    )
    op.create_table(
        "churn_scores",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("spend", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("list_id", "place", name="pk_churn_scores"),
    )
    op.create_index("ix_churn_scores_customer_id", "churn_scores", ["customer_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("churn_scores")
    op.drop_table("churn_lists")
