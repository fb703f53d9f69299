"""What people are asked: suggestions, what was chosen of them, who has it in front of them, and what they said."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "suggestions",
    "review_draws",
    "review_tasks",
    "review_leases",
    "task_decisions",
    "review_sessions",
)


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("labels", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "suggestions",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("spend", sa.Double(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag", name="pk_suggestions"),
    )
    op.create_table(
        "review_draws",
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("suggestions", sa.Integer(), nullable=False),
        sa.Column("informative", sa.Integer(), nullable=False),
        sa.Column("audited", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("draw_id", name="pk_review_draws"),
        sa.UniqueConstraint("day", name="uq_review_draws_day"),
    )
    op.create_table(
        "review_tasks",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("only_for", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", name="pk_review_tasks"),
    )
    op.create_index("ix_review_tasks_closed_at_place", "review_tasks", ["closed_at", "place"])
    op.create_index("ix_review_tasks_customer_id_tag", "review_tasks", ["customer_id", "tag"])
    op.create_index("ix_review_tasks_draw_id", "review_tasks", ["draw_id"])
    op.create_table(
        "review_leases",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "reviewer", name="pk_review_leases"),
    )
    op.create_table(
        "task_decisions",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_unclear", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("was_blind", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label_id", sa.Text(), nullable=True),
        sa.Column("held_because", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_task_decisions"),
        sa.UniqueConstraint("decision_id", name="uq_task_decisions_decision_id"),
    )
    op.create_index("ix_task_decisions_reviewer_seq", "task_decisions", ["reviewer", "seq"])
    op.create_index("ix_task_decisions_task_id", "task_decisions", ["task_id"])
    op.create_table(
        "review_sessions",
        sa.Column("session_sha256", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_sha256", name="pk_review_sessions"),
    )
    op.create_index("ix_review_sessions_key_id", "review_sessions", ["key_id"])


def downgrade() -> None:
    """Take it back."""
    for name in reversed(_TABLES):
        op.drop_table(name)
    op.drop_column("labels", "undone_at")
