"""Results of reports that become public."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('published_outcome',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('matter', sa.String(length=20), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('found', sa.String(length=600), nullable=False),
    sa.Column('measure', sa.String(length=600), nullable=False),
    sa.Column('reply', sa.String(length=600), nullable=False),
    sa.Column('replied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply_withheld', sa.Boolean(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('working_days', sa.Integer(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.String(length=400), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(published_on IS NULL) = (state IN ('proposed', 'rejected'))", name=op.f('ck_published_outcome_published_has_a_date')),
    sa.CheckConstraint("(reply = '') = (replied_at IS NULL)", name=op.f('ck_published_outcome_reply_has_a_date')),
    sa.CheckConstraint("kind IN ('report', 'question')", name=op.f('ck_published_outcome_kind')),
    sa.CheckConstraint("matter <> 'impersonation'", name=op.f('ck_published_outcome_of_no_impersonation')),
    sa.CheckConstraint("state IN ('proposed', 'published', 'rejected', 'ended', 'withdrawn')", name=op.f('ck_published_outcome_state')),
    sa.CheckConstraint("verdict IN ('upheld', 'partly')", name=op.f('ck_published_outcome_verdict')),
    sa.CheckConstraint('confirmed_by_id <> proposed_by_id', name=op.f('ck_published_outcome_two_persons')),
    sa.CheckConstraint('length(found) > 0', name=op.f('ck_published_outcome_found_present')),
    sa.CheckConstraint('length(measure) > 0', name=op.f('ck_published_outcome_measure_present')),
    sa.CheckConstraint('published_on IS NULL OR confirmed_by_id IS NOT NULL', name=op.f('ck_published_outcome_published_was_confirmed')),
    sa.CheckConstraint('working_days >= 0', name=op.f('ck_published_outcome_days_not_negative')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['account.id'], name=op.f('fk_published_outcome_confirmed_by_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_published_outcome_institution_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['account.id'], name=op.f('fk_published_outcome_proposed_by_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_published_outcome_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_published_outcome')),
    sa.UniqueConstraint('public_id', name=op.f('uq_published_outcome_public_id')),
    sa.UniqueConstraint('report_id', name=op.f('uq_published_outcome_report_id'))
    )
    with op.batch_alter_table('published_outcome', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_published_outcome_institution_id_state'), ['institution_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_published_outcome_region_code_state'), ['region_code', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_published_outcome_state_published_on'), ['state', 'published_on'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('published_outcome', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_published_outcome_state_published_on'))
        batch_op.drop_index(batch_op.f('ix_published_outcome_region_code_state'))
        batch_op.drop_index(batch_op.f('ix_published_outcome_institution_id_state'))

    op.drop_table('published_outcome')
