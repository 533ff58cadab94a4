"""Stored files carry what the virus scanner said of them."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is stored already was never scanned.
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.add_column(sa.Column('scan', sa.String(length=10), nullable=False, server_default='none'))
        batch_op.add_column(sa.Column('scanned_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f('ck_stored_file_scan'), "scan IN ('none', 'waiting', 'clean', 'infected')")
        batch_op.create_check_constraint(op.f('ck_stored_file_scan_has_a_date'), "(scanned_at IS NOT NULL) = (scan IN ('clean', 'infected'))")
        batch_op.create_index('ix_stored_file_unscanned', ['scan'], unique=False, sqlite_where=sa.text("scan IN ('none', 'waiting')"), postgresql_where=sa.text("scan IN ('none', 'waiting')"))


def downgrade() -> None:
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.drop_index('ix_stored_file_unscanned', sqlite_where=sa.text("scan IN ('none', 'waiting')"), postgresql_where=sa.text("scan IN ('none', 'waiting')"))
        batch_op.drop_constraint(op.f('ck_stored_file_scan_has_a_date'), type_='check')
        batch_op.drop_constraint(op.f('ck_stored_file_scan'), type_='check')
        batch_op.drop_column('scanned_at')
        batch_op.drop_column('scan')
