"""What each tag is promised to keep, by model version."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema here."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "certificates",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("certified_on", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("drift", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("precision_low", sa.Double(), nullable=True),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("more_labels", sa.Integer(), nullable=True),
        sa.Column("review_from", sa.Double(), nullable=False),
        sa.Column("suspended_at", instant, nullable=True),
        sa.Column("suspended_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_certificates"),
    )
    op.create_index("ix_certificates_model_tag", "certificates", ["model", "tag"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_certificates_model_tag", "certificates")
    op.drop_table("certificates")
