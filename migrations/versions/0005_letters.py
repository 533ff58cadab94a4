"""Letters of an office to a regulator, with their clues, reminders and numbers."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('letter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('addressee', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('office', sa.String(length=120), nullable=False),
    sa.Column('contact_name', sa.String(length=60), nullable=False),
    sa.Column('contact_phone', sa.String(length=60), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('drafted_by_id', sa.Integer(), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('issued_by_id', sa.Integer(), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('delivery', sa.String(length=20), nullable=True),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('result', sa.String(length=20), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(answered_on IS NOT NULL) = (state = 'answered')", name=op.f('ck_letter_answered_has_a_date')),
    sa.CheckConstraint("(answered_on IS NULL) = (result IS NULL)", name=op.f('ck_letter_answered_with_a_result')),
    sa.CheckConstraint("(delivered_on IS NOT NULL) = (state IN ('delivered', 'answered'))", name=op.f('ck_letter_delivered_has_a_date')),
    sa.CheckConstraint("(delivered_on IS NULL) = (delivery IS NULL)", name=op.f('ck_letter_delivered_somehow')),
    sa.CheckConstraint("(number IS NULL) = (issued_by_id IS NULL)", name=op.f('ck_letter_issued_by_somebody')),
    sa.CheckConstraint("(number IS NULL) = (issued_on IS NULL)", name=op.f('ck_letter_issued_has_a_date')),
    sa.CheckConstraint("(number IS NULL) = (state IN ('draft', 'awaiting_issue', 'discarded'))", name=op.f('ck_letter_issued_has_a_number')),
    sa.CheckConstraint("answered_on >= delivered_on", name=op.f('ck_letter_answered_after_delivery')),
    sa.CheckConstraint("delivered_on >= issued_on", name=op.f('ck_letter_delivered_after_issue')),
    sa.CheckConstraint("delivery IN ('exchange', 'post', 'in_person', 'electronic')", name=op.f('ck_letter_delivery')),
    sa.CheckConstraint("issued_by_id <> drafted_by_id AND issued_by_id <> submitted_by_id", name=op.f('ck_letter_two_persons')),
    sa.CheckConstraint("kind IN ('impersonation', 'overdue')", name=op.f('ck_letter_kind')),
    sa.CheckConstraint("result IN ('handled', 'being_handled', 'not_confirmed', 'referred')", name=op.f('ck_letter_result')),
    sa.CheckConstraint("state IN ('draft', 'awaiting_issue', 'issued', 'delivered', 'answered', 'discarded')", name=op.f('ck_letter_state')),
    sa.CheckConstraint(
        "state IN ('draft', 'discarded') OR (length(addressee) > 0 AND length(title) > 0 AND length(body) > 0"
        " AND length(office) > 0 AND length(contact_name) > 0 AND length(contact_phone) > 0"
        " AND submitted_by_id IS NOT NULL)",
        name=op.f('ck_letter_submitted_is_complete'),
    ),
    sa.ForeignKeyConstraint(['drafted_by_id'], ['account.id'], name=op.f('fk_letter_drafted_by_id')),
    sa.ForeignKeyConstraint(['issued_by_id'], ['account.id'], name=op.f('fk_letter_issued_by_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['account.id'], name=op.f('fk_letter_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    sa.UniqueConstraint('number', name=op.f('uq_letter_number'))
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_region_code_state'), ['region_code', 'state'], unique=False)

    op.create_table('letter_clue',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('description', sa.String(length=600), nullable=False),
    sa.Column('source_kind', sa.String(length=20), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(source_kind = '') = (source_id IS NULL)", name=op.f('ck_letter_clue_source_whole_or_none')),
    sa.CheckConstraint('length(description) > 0', name=op.f('ck_letter_clue_description_present')),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_letter_clue_name_present')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_clue_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_clue')),
    sa.UniqueConstraint('letter_id', 'source_kind', 'source_id', name=op.f('uq_letter_clue_letter_id_source_kind_source_id'))
    )
    with op.batch_alter_table('letter_clue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_clue_source_kind_source_id'), ['source_kind', 'source_id'], unique=False)

    op.create_table('letter_chase',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('means', sa.String(length=20), nullable=False),
    sa.Column('chased_on', sa.Date(), nullable=False),
    sa.Column('text', sa.String(length=600), nullable=False),
    sa.Column('chased_by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("means IN ('letter', 'phone')", name=op.f('ck_letter_chase_means')),
    sa.CheckConstraint('length(text) > 0', name=op.f('ck_letter_chase_text_present')),
    sa.ForeignKeyConstraint(['chased_by_id'], ['account.id'], name=op.f('fk_letter_chase_chased_by_id')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_chase_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_chase'))
    )
    with op.batch_alter_table('letter_chase', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_chase_letter_id_id'), ['letter_id', 'id'], unique=False)

    op.create_table('letter_series',
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('impersonation', 'overdue')", name=op.f('ck_letter_series_kind')),
    sa.CheckConstraint('last > 0', name=op.f('ck_letter_series_begins_with_one')),
    sa.PrimaryKeyConstraint('kind', 'region_code', 'year', name=op.f('pk_letter_series'))
    )


def downgrade() -> None:
    op.drop_table('letter_series')
    with op.batch_alter_table('letter_chase', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_chase_letter_id_id'))

    op.drop_table('letter_chase')
    with op.batch_alter_table('letter_clue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_clue_source_kind_source_id'))

    op.drop_table('letter_clue')
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_region_code_state'))

    op.drop_table('letter')
