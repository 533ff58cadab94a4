"""Registrations, commitments, reports, checks, messages, and accounts that wait for confirmation."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('text', sa.String(length=600), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_notice_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_account_id_read_at'), ['account_id', 'read_at'], unique=False)

    op.create_table('commitment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('template_version', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.String(length=400), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(number IS NULL) = (state IN ('draft', 'half_signed', 'discarded'))", name=op.f('ck_commitment_public_has_a_number')),
    sa.CheckConstraint("state IN ('draft', 'half_signed', 'published', 'expired', 'replaced', 'withdrawn', 'discarded')", name=op.f('ck_commitment_state')),
    sa.CheckConstraint('(number IS NULL) = (published_on IS NULL)', name=op.f('ck_commitment_public_has_a_date')),
    sa.CheckConstraint('(number IS NULL) = (valid_until IS NULL)', name=op.f('ck_commitment_public_has_an_end')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_commitment_institution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment')),
    sa.UniqueConstraint('number', name=op.f('uq_commitment_number'))
    )
    with op.batch_alter_table('commitment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_commitment_institution_id_state'), ['institution_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_commitment_state_valid_until'), ['state', 'valid_until'], unique=False)
        batch_op.create_index('uq_commitment_in_force', ['institution_id'], unique=True, sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))
        batch_op.create_index('uq_commitment_unsigned', ['institution_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'half_signed')"), postgresql_where=sa.text("state IN ('draft', 'half_signed')"))

    op.create_table('mail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gave_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_mail_notice_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail')),
    sa.UniqueConstraint('notice_id', name=op.f('uq_mail_notice_id'))
    )
    with op.batch_alter_table('mail', schema=None) as batch_op:
        batch_op.create_index('ix_mail_waiting', ['next_attempt_at'], unique=False, sqlite_where=sa.text('sent_at IS NULL AND gave_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND gave_up_at IS NULL'))

    op.create_table('registration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('legal_representative', sa.String(length=60), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('office_region', sa.String(length=6), nullable=False),
    sa.Column('categories', sa.JSON(), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('licence_file_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('accepted_as', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'accepted') = (accepted_as IS NOT NULL)", name=op.f('ck_registration_accepted_leads_to_an_entry')),
    sa.CheckConstraint("kind IN ('new', 'claim', 'change')", name=op.f('ck_registration_kind')),
    sa.CheckConstraint("state IN ('draft', 'discarded') OR (sent_at IS NOT NULL AND licence_file_id IS NOT NULL)", name=op.f('ck_registration_sent_is_complete')),
    sa.CheckConstraint("state IN ('draft', 'submitted', 'returned', 'accepted', 'refused', 'discarded')", name=op.f('ck_registration_state')),
    sa.ForeignKeyConstraint(['accepted_as'], ['institution.id'], name=op.f('fk_registration_accepted_as')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_registration_account_id')),
    sa.ForeignKeyConstraint(['licence_file_id'], ['stored_file.id'], name=op.f('fk_registration_licence_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration'))
    )
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_accepted_as'), ['accepted_as'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_office_region_state_sent_at'), ['office_region', 'state', 'sent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_uscc'), ['uscc'], unique=False)
        batch_op.create_index('uq_registration_open', ['account_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned')"), postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"))

    op.create_table('report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('matter', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('subject_uscc', sa.String(length=18), nullable=False),
    sa.Column('subject_name', sa.String(length=120), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=True),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('anonymous', sa.Boolean(), nullable=False),
    sa.Column('objector_id', sa.Integer(), nullable=True),
    sa.Column('receipt_hash', sa.String(length=64), nullable=False),
    sa.Column('idempotency_hash', sa.String(length=64), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('handler_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mark', sa.String(length=200), nullable=False),
    sa.Column('marked_on', sa.Date(), nullable=True),
    sa.Column('mark_key', sa.String(length=40), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(marked_on IS NULL) = (mark = '') AND (marked_on IS NULL) = (mark_key IS NULL)", name=op.f('ck_report_mark_whole')),
    sa.CheckConstraint("kind IN ('report', 'question', 'objection')", name=op.f('ck_report_kind')),
    sa.CheckConstraint("marked_on IS NULL OR (kind = 'objection' AND institution_id IS NOT NULL AND state IN ('received', 'investigating', 'awaiting_reporter'))", name=op.f('ck_report_mark_of_an_open_objection')),
    sa.CheckConstraint("matter IN ('false_disclosure', 'impersonation', 'breach', 'unlawful_fee', 'other')", name=op.f('ck_report_matter')),
    sa.CheckConstraint("outcome IN ('upheld', 'partly', 'unfounded', 'noted')", name=op.f('ck_report_outcome')),
    sa.CheckConstraint("state IN ('received', 'investigating', 'awaiting_reporter', 'decided', 'answered', 'closed', 'refused')", name=op.f('ck_report_state')),
    sa.CheckConstraint("subject_uscc <> '' OR subject_name <> ''", name=op.f('ck_report_subject_present')),
    sa.CheckConstraint('(outcome IS NULL) = (decided_at IS NULL)', name=op.f('ck_report_decided_has_an_outcome')),
    sa.CheckConstraint('length(facts) > 0', name=op.f('ck_report_facts_present')),
    sa.ForeignKeyConstraint(['handler_id'], ['account.id'], name=op.f('fk_report_handler_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_report_institution_id')),
    sa.ForeignKeyConstraint(['objector_id'], ['account.id'], name=op.f('fk_report_objector_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('idempotency_hash', name=op.f('uq_report_idempotency_hash')),
    sa.UniqueConstraint('mark_key', name=op.f('uq_report_mark_key')),
    sa.UniqueConstraint('receipt_hash', name=op.f('uq_report_receipt_hash'))
    )
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_handler_id'), ['handler_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_institution_id_state'), ['institution_id', 'state'], unique=False)
        batch_op.create_index('ix_report_marked', ['institution_id'], unique=False, sqlite_where=sa.text('marked_on IS NOT NULL'), postgresql_where=sa.text('marked_on IS NOT NULL'))
        batch_op.create_index('ix_report_objector', ['objector_id'], unique=False, sqlite_where=sa.text('objector_id IS NOT NULL'), postgresql_where=sa.text('objector_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_report_region_code_state_received_at'), ['region_code', 'state', 'received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_state_decided_at'), ['state', 'decided_at'], unique=False)

    op.create_table('spot_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('matter', sa.String(length=20), nullable=False),
    sa.Column('matter_text', sa.String(length=60), nullable=False),
    sa.Column('declared', sa.Text(), nullable=False),
    sa.Column('snapshot', sa.JSON(), nullable=False),
    sa.Column('snapshot_number', sa.Integer(), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=True),
    sa.Column('finding', sa.String(length=600), nullable=False),
    sa.Column('opened_by_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('concluded_by_id', sa.Integer(), nullable=True),
    sa.Column('concluded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('correction', sa.String(length=600), nullable=False),
    sa.Column('response', sa.Text(), nullable=False),
    sa.Column('corrected_on', sa.Date(), nullable=True),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(published_on IS NULL) = (state IN ('open', 'proposed', 'cancelled'))", name=op.f('ck_spot_check_published_has_a_date')),
    sa.CheckConstraint("matter IN ('fees', 'licences', 'facts', 'commitment', 'other')", name=op.f('ck_spot_check_matter')),
    sa.CheckConstraint("published_on IS NULL OR verdict IN ('no_problem', 'no_such_business') OR confirmed_by_id IS NOT NULL", name=op.f('ck_spot_check_adverse_was_confirmed')),
    sa.CheckConstraint("state <> 'published' OR verdict <> 'ordered_to_correct'", name=op.f('ck_spot_check_ordered_verdict_has_its_order')),
    sa.CheckConstraint("state IN ('open', 'cancelled') OR (verdict IS NOT NULL AND length(found) > 0)", name=op.f('ck_spot_check_concluded_has_a_verdict')),
    sa.CheckConstraint("state IN ('open', 'proposed', 'published', 'ordered', 'responded', 'corrected', 'withdrawn', 'cancelled')", name=op.f('ck_spot_check_state')),
    sa.CheckConstraint("verdict IN ('no_problem', 'not_disclosed', 'falsehood', 'unreachable', 'ordered_to_correct', 'uncooperative', 'no_such_business', 'pending')", name=op.f('ck_spot_check_verdict')),
    sa.CheckConstraint('confirmed_by_id <> concluded_by_id', name=op.f('ck_spot_check_two_persons')),
    sa.ForeignKeyConstraint(['concluded_by_id'], ['account.id'], name=op.f('fk_spot_check_concluded_by_id')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['account.id'], name=op.f('fk_spot_check_confirmed_by_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_spot_check_institution_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['account.id'], name=op.f('fk_spot_check_opened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spot_check')),
    sa.UniqueConstraint('public_id', name=op.f('uq_spot_check_public_id'))
    )
    with op.batch_alter_table('spot_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spot_check_institution_id_state'), ['institution_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_spot_check_published_on'), ['published_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_spot_check_region_code_state'), ['region_code', 'state'], unique=False)

    op.create_table('commitment_signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('commitment_id', sa.Integer(), nullable=False),
    sa.Column('party', sa.String(length=20), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('signer_name', sa.String(length=60), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.CheckConstraint("party IN ('institution', 'legal_representative')", name=op.f('ck_commitment_signature_party')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_commitment_signature_account_id')),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitment.id'], name=op.f('fk_commitment_signature_commitment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment_signature')),
    sa.UniqueConstraint('commitment_id', 'party', name=op.f('uq_commitment_signature_commitment_id_party'))
    )
    op.create_table('impostor_warning',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=True),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('pretender', sa.String(length=120), nullable=False),
    sa.Column('imitated_name', sa.String(length=120), nullable=False),
    sa.Column('imitated_uscc', sa.String(length=18), nullable=False),
    sa.Column('conduct', sa.String(length=600), nullable=False),
    sa.Column('reason', sa.String(length=600), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.String(length=400), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(published_on IS NULL) = (state IN ('proposed', 'rejected'))", name=op.f('ck_impostor_warning_published_has_a_date')),
    sa.CheckConstraint("state IN ('proposed', 'published', 'rejected', 'ended', 'withdrawn')", name=op.f('ck_impostor_warning_state')),
    sa.CheckConstraint('confirmed_by_id <> proposed_by_id', name=op.f('ck_impostor_warning_two_persons')),
    sa.CheckConstraint('length(pretender) > 0', name=op.f('ck_impostor_warning_pretender_present')),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_impostor_warning_reason_present')),
    sa.CheckConstraint('published_on IS NULL OR confirmed_by_id IS NOT NULL', name=op.f('ck_impostor_warning_published_was_confirmed')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['account.id'], name=op.f('fk_impostor_warning_confirmed_by_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['account.id'], name=op.f('fk_impostor_warning_proposed_by_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_impostor_warning_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_impostor_warning')),
    sa.UniqueConstraint('public_id', name=op.f('uq_impostor_warning_public_id'))
    )
    with op.batch_alter_table('impostor_warning', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_impostor_warning_region_code_state'), ['region_code', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_impostor_warning_report_id'), ['report_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_impostor_warning_state_ends_on'), ['state', 'ends_on'], unique=False)

    op.create_table('report_file',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_report_file_file_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_file_report_id')),
    sa.PrimaryKeyConstraint('report_id', 'file_id', name=op.f('pk_report_file'))
    )
    op.create_table('report_identity',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_identity_report_id')),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_report_identity'))
    )
    op.create_table('report_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('author', sa.String(length=10), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.CheckConstraint("(author = 'office') = (account_id IS NOT NULL)", name=op.f('ck_report_message_office_is_somebody')),
    sa.CheckConstraint("author IN ('reporter', 'office')", name=op.f('ck_report_message_author')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_message_account_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_message_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_message'))
    )
    with op.batch_alter_table('report_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_message_report_id_id'), ['report_id', 'id'], unique=False)

    op.create_table('spot_check_file',
    sa.Column('check_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.CheckConstraint("side IN ('office', 'institution')", name=op.f('ck_spot_check_file_side')),
    sa.ForeignKeyConstraint(['check_id'], ['spot_check.id'], name=op.f('fk_spot_check_file_check_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_spot_check_file_file_id')),
    sa.PrimaryKeyConstraint('check_id', 'file_id', name=op.f('pk_spot_check_file'))
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('confirmed', sa.Boolean(), nullable=False, server_default=sa.true()))

    forbid_changes("commitment_signature")


def downgrade() -> None:
    allow_changes("commitment_signature")
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('confirmed')

    op.drop_table('spot_check_file')
    with op.batch_alter_table('report_message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_message_report_id_id'))

    op.drop_table('report_message')
    op.drop_table('report_identity')
    op.drop_table('report_file')
    with op.batch_alter_table('impostor_warning', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_impostor_warning_state_ends_on'))
        batch_op.drop_index(batch_op.f('ix_impostor_warning_report_id'))
        batch_op.drop_index(batch_op.f('ix_impostor_warning_region_code_state'))

    op.drop_table('impostor_warning')
    op.drop_table('commitment_signature')
    with op.batch_alter_table('spot_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_spot_check_region_code_state'))
        batch_op.drop_index(batch_op.f('ix_spot_check_published_on'))
        batch_op.drop_index(batch_op.f('ix_spot_check_institution_id_state'))

    op.drop_table('spot_check')
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_state_decided_at'))
        batch_op.drop_index(batch_op.f('ix_report_region_code_state_received_at'))
        batch_op.drop_index('ix_report_objector', sqlite_where=sa.text('objector_id IS NOT NULL'), postgresql_where=sa.text('objector_id IS NOT NULL'))
        batch_op.drop_index('ix_report_marked', sqlite_where=sa.text('marked_on IS NOT NULL'), postgresql_where=sa.text('marked_on IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_report_institution_id_state'))
        batch_op.drop_index(batch_op.f('ix_report_handler_id'))

    op.drop_table('report')
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.drop_index('uq_registration_open', sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned')"), postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"))
        batch_op.drop_index(batch_op.f('ix_registration_uscc'))
        batch_op.drop_index(batch_op.f('ix_registration_office_region_state_sent_at'))
        batch_op.drop_index(batch_op.f('ix_registration_accepted_as'))

    op.drop_table('registration')
    with op.batch_alter_table('mail', schema=None) as batch_op:
        batch_op.drop_index('ix_mail_waiting', sqlite_where=sa.text('sent_at IS NULL AND gave_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND gave_up_at IS NULL'))

    op.drop_table('mail')
    with op.batch_alter_table('commitment', schema=None) as batch_op:
        batch_op.drop_index('uq_commitment_unsigned', sqlite_where=sa.text("state IN ('draft', 'half_signed')"), postgresql_where=sa.text("state IN ('draft', 'half_signed')"))
        batch_op.drop_index('uq_commitment_in_force', sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index(batch_op.f('ix_commitment_state_valid_until'))
        batch_op.drop_index(batch_op.f('ix_commitment_institution_id_state'))

    op.drop_table('commitment')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_account_id_read_at'))

    op.drop_table('notice')


def forbid_changes(table: str) -> None:
    """Let the database itself refuse to change or delete a row of a table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
        )


def allow_changes(table: str) -> None:
    """Take the guard away again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP FUNCTION {table}_append_only()")
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER {table}_no_{deed.lower()}")
