"""An item may be in several categories: its one path becomes a list of paths."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What was JSON stays JSON: a path is wrapped into a list, and no path stays an empty list.
WRAP = {
    "sqlite": "UPDATE items SET category_paths = '[' || category_paths || ']' WHERE category_paths <> '[]'",
    "postgresql": "UPDATE items SET category_paths = json_build_array(category_paths) "
    "WHERE category_paths::text <> '[]'",
}


def upgrade() -> None:
    """Bring the schema here."""
    op.execute("ALTER TABLE items RENAME COLUMN category_path TO category_paths")
    op.execute(WRAP[op.get_bind().dialect.name])
