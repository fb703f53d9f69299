"""What was served, what monitoring found in each window, and incidents."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""


def downgrade() -> None:
    """Take it back."""
