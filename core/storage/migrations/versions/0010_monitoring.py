"""What was served, what monitoring found in each window, incidents, and alerts on their way to webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_TABLES = (
    "served_predictions",
    "drift_windows",
    "drift_findings",
    "incidents",
    "parity_runs",
    "alerts",
    "alert_deliveries",
)


def upgrade() -> None:
    """Bring the schema here."""
    _served()
    _windows()
    _incidents()
    _alerts()


def _served() -> None:
    op.create_table(
        "served_predictions",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("draw", sa.Double(), nullable=False),
        sa.Column("as_of", _INSTANT, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("knew", sa.Text(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("churn", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_served_predictions"),
    )
    op.create_index("ix_served_predictions_day_draw", "served_predictions", ["day", "draw"])
    op.create_index("ix_served_predictions_as_of", "served_predictions", ["as_of"])


def _windows() -> None:
    op.create_table(
        "drift_windows",
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=False),
        sa.Column("computed_at", _INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_violated", sa.Boolean(), nullable=False),
        sa.Column("act", sa.Boolean(), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("course", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("window_id", name="pk_drift_windows"),
    )
    op.create_index("ix_drift_windows_ended_at", "drift_windows", ["ended_at"])
    op.create_table(
        "drift_findings",
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=True)
            for name in ("value", "low", "high", "warning", "critical", "p_value")
        ),
        sa.Column("alarm", sa.Text(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("window_id", "check_name", "subject", name="pk_drift_findings"),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_closed_at", "incidents", ["closed_at"])
    op.create_table(
        "parity_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("culprits", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_parity_runs"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alerts"),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _INSTANT, nullable=True),
        sa.Column("taken_at", _INSTANT, nullable=True),
        sa.Column("given_up_at", _INSTANT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", "webhook_id", name="pk_alert_deliveries"),
    )


def downgrade() -> None:
    """Take it back."""
    for name in reversed(_TABLES):
        op.drop_table(name)
