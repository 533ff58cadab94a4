"""The outbox says which index a change goes to."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What waits already are changes of institutions.
    with op.batch_alter_table('search_outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('index_name', sa.String(length=20), nullable=False, server_default='institutions'))
        batch_op.create_check_constraint(op.f('ck_search_outbox_index_name'), "index_name IN ('institutions', 'cases')")


def downgrade() -> None:
    op.execute("DELETE FROM search_outbox WHERE index_name <> 'institutions'")
    with op.batch_alter_table('search_outbox', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_search_outbox_index_name'), type_='check')
        batch_op.drop_column('index_name')
