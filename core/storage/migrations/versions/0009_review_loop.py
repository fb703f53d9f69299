"""Who is right where reviewers disagree, what became of retrainings."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""


def downgrade() -> None:
    """Take it back."""
