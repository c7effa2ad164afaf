"""${message}."""

from qwalo.migrations.plain import sql

revision = "${up_revision}"
down_revision = ${repr(down_revision).replace("'", '"')}
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
    """)


def downgrade() -> None:
    sql("""
    """)
