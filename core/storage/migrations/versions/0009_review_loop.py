"""Labels in dispute, what became of suggestions and of retrainings, tasks of tags that no model knows yet."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("retrainings", "outcome_labels", "audit_frames", "label_doubts")


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "retrainings",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened", sa.Text(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("release_before", sa.Text(), nullable=True),
        sa.Column("release_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_retrainings"),
    )
    op.create_table(
        "outcome_labels",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_outcome_labels"),
        sa.UniqueConstraint(
            "customer_id", "tag", "as_of", "stream", name="uq_outcome_labels_customer_id_tag_as_of_stream"
        ),
    )
    op.create_index("ix_outcome_labels_resolved_at_ends_at", "outcome_labels", ["resolved_at", "ends_at"])
    op.create_index("ix_outcome_labels_stream_as_of", "outcome_labels", ["stream", "as_of"])
    op.create_table(
        "audit_frames",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("suggestions", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("draw_id", "tag", "decision", name="pk_audit_frames"),
    )
    op.create_table(
        "label_doubts",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("reviewers", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag", "as_of", name="pk_label_doubts"),
    )
    _allow_no_confidence(is_allowed=True)


def downgrade() -> None:
    """Take it back."""
    for name in reversed(_TABLES):
        op.drop_table(name)
    op.execute("DELETE FROM review_tasks WHERE confidence IS NULL")
    _allow_no_confidence(is_allowed=False)


def _allow_no_confidence(*, is_allowed: bool) -> None:
    """A task of a tag that no model knows has no confidence; SQLite copies the table for it."""
    with op.batch_alter_table("review_tasks") as tasks:
        tasks.alter_column("confidence", existing_type=sa.Double(), nullable=is_allowed)
