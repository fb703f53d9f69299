"""The tag catalogue: definitions and their versions, who carries which tag and why, and what leaves for others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "tag_versions",
    "tag_group_versions",
    "taxonomy_files",
    "tag_uses",
    "tag_claims",
    "tag_spans",
    "tag_changes",
    "tags_computed",
    "customer_predictions",
    "touched_customers",
    "tag_reports",
    "rule_quantiles",
    "trigger_due",
    "tag_imports",
    "held_tags",
    "webhooks",
    "dead_letters",
    "exported_tags",
)

_INSTANT = sa.DateTime(timezone=True)
_LABELS = sa.table(
    "labels",
    *(sa.column(name, sa.Text()) for name in ("label_id", "customer_id", "tag", "reviewer", "note")),
    *(sa.column(name, _INSTANT) for name in ("as_of", "decided_at", "holds_until")),
    sa.column("seq", _BIG),
    sa.column("value", sa.Boolean()),
)
_CLAIMS = sa.table(
    "tag_claims",
    *(sa.column(name, sa.Text()) for name in ("claim_id", "customer_id", "tag", "source", "source_version")),
    *(sa.column(name, _INSTANT) for name in ("as_of", "began_at", "holds_until")),
    sa.column("seq", _BIG),
    sa.column("tag_version", sa.Integer()),
    sa.column("carries", sa.Boolean()),
    sa.column("evidence", sa.JSON()),
)
_COUNTERS = sa.table("counters", sa.column("name", sa.Text()), sa.column("value", _BIG))


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "tag_versions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", "version", name="pk_tag_versions"),
        sa.UniqueConstraint("seq", name="uq_tag_versions_seq"),
    )
    op.create_table(
        "tag_group_versions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="pk_tag_group_versions"),
        sa.UniqueConstraint("seq", name="uq_tag_group_versions_seq"),
    )
    op.create_table(
        "taxonomy_files",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_taxonomy_files"),
    )
    op.create_table(
        "tag_uses",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "day", "way", name="pk_tag_uses"),
    )
    op.create_table(
        "tag_claims",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("tag_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_version", sa.Text(), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_tag_claims"),
        sa.UniqueConstraint("claim_id", name="uq_tag_claims_claim_id"),
    )
    op.create_index("ix_tag_claims_customer_id_tag", "tag_claims", ["customer_id", "tag"])
    op.create_index("ix_tag_claims_source_source_version", "tag_claims", ["source", "source_version"])
    for name, column in (("ix_tag_claims_standing", "customer_id"), ("ix_tag_claims_ends", "holds_until")):
        op.create_index(
            name,
            "tag_claims",
            [column],
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    op.create_table(
        "tag_spans",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", _BIG, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tag", "customer_id", "began_at", name="pk_tag_spans"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tag_spans_began_at", "tag_spans", ["began_at"])
    op.create_index("ix_tag_spans_customer_id", "tag_spans", ["customer_id"])
    op.create_index("ix_tag_spans_ended_at", "tag_spans", ["ended_at"])
    op.create_table(
        "tag_changes",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", _BIG, nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_tag_changes"),
    )
    op.create_index("ix_tag_changes_customer_id", "tag_changes", ["customer_id"])
    op.create_table(
        "tags_computed",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", name="pk_tags_computed"),
    )
    op.create_table(
        "customer_predictions",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("churn", sa.Double(), nullable=True),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_predictions"),
    )
    op.create_index("ix_customer_predictions_segment", "customer_predictions", ["segment"])
    op.create_table(
        "touched_customers",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_touched_customers"),
    )
    op.create_index("ix_touched_customers_number", "touched_customers", ["number"])
    op.create_table(
        "tag_reports",
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taxonomy", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("made_at", name="pk_tag_reports"),
    )
    op.create_table(
        "rule_quantiles",
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("expression", "share", name="pk_rule_quantiles"),
    )
    op.create_table(
        "trigger_due",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("tag_version", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag", "cause", name="pk_trigger_due"),
    )
    op.create_index("ix_trigger_due_due_at", "trigger_due", ["due_at"])
    op.create_table(
        "tag_imports",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", name="pk_tag_imports"),
    )
    op.create_table(
        "held_tags",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_held_tags"),
    )
    op.create_index("ix_held_tags_customer_id", "held_tags", ["customer_id"])
    op.create_index("ix_held_tags_import_id", "held_tags", ["import_id"])
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_through", sa.BigInteger(), nullable=False),
        sa.Column("trying_through", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_webhooks"),
    )
    op.create_table(
        "dead_letters",
        sa.Column("seq", _BIG, nullable=False, autoincrement=True),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("first_change", sa.BigInteger(), nullable=False),
        sa.Column("last_change", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_dead_letters"),
    )
    op.create_index("ix_dead_letters_webhook_id", "dead_letters", ["webhook_id"])
    op.create_table(
        "exported_tags",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("tag_name", sa.Text(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", "customer_id", "tag", name="pk_exported_tags"),
    )
    _carry_over()


def downgrade() -> None:
    """Take it back."""
    for name in reversed(_TABLES):
        op.drop_table(name)


def _carry_over() -> None:
    """The last decision on each tag of each customer becomes the word of a person that stands on the profile."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_LABELS).order_by(_LABELS.c.as_of, _LABELS.c.seq)).all()
    last = {(row.customer_id, row.tag): row for row in rows}
    claims = [
        {
            "seq": seq,
            "claim_id": f"decision:{row.label_id}",
            "customer_id": row.customer_id,
            "tag": row.tag,
            "tag_version": 0,
            "source": "person",
            "source_version": row.reviewer,
            "carries": row.value,
            "evidence": {"decision_id": row.label_id, **({"note": row.note} if row.note else {})},
            "as_of": row.as_of,
            "began_at": row.decided_at,
            "holds_until": row.holds_until,
        }
        for seq, row in enumerate(last.values(), start=1)
    ]
    if claims:
        op.bulk_insert(_CLAIMS, claims)
        op.bulk_insert(_COUNTERS, [{"name": "tag_claims", "value": len(claims)}])
