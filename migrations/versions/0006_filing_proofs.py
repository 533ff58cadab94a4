"""The signed proof of filing, for citizens who want one."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('filing_proof',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.CheckConstraint('length(document) > 0', name=op.f('ck_filing_proof_document_present')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_filing_proof_report_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_filing_proof'))
    )


def downgrade() -> None:
    op.drop_table('filing_proof')
