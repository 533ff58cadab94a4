"""Credit records, the ledger of special governance, credit repair, and what offices set."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ledger_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ended_on >= started_on', name=op.f('ck_ledger_round_end_after_start')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_round')),
    sa.UniqueConstraint('title', name=op.f('uq_ledger_round_title'))
    )
    op.create_table('office_setting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_office_setting_reason_present')),
    sa.CheckConstraint('length(region_code) = 6', name=op.f('ck_office_setting_region_length')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_setting'))
    )
    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_setting_name_region_code_valid_from'), ['name', 'region_code', 'valid_from'], unique=False)

    op.create_table('platform_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_batch')),
    sa.UniqueConstraint('number', name=op.f('uq_platform_batch_number')),
    sa.UniqueConstraint('region_code', 'year', 'serial', name=op.f('uq_platform_batch_region_code_year_serial'))
    )
    op.create_table('ledger_contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('office', sa.String(length=120), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by', sa.String(length=120), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('length(name) > 0 AND length(phone) > 0', name=op.f('ck_ledger_contact_complete')),
    sa.ForeignKeyConstraint(['round_id'], ['ledger_round.id'], name=op.f('fk_ledger_contact_round_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_contact')),
    sa.UniqueConstraint('round_id', 'region_code', name=op.f('uq_ledger_contact_round_id_region_code'))
    )
    op.create_table('ledger_month',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('origin', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('date_line', sa.String(length=120), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('header', sa.JSON(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint("origin IN ('closed', 'imported')", name=op.f('ck_ledger_month_origin')),
    sa.CheckConstraint('length(month) = 7', name=op.f('ck_ledger_month_month_as_yyyy_mm')),
    sa.CheckConstraint('number = 0 OR length(reason) > 0', name=op.f('ck_ledger_month_correction_has_a_reason')),
    sa.CheckConstraint('number >= 0', name=op.f('ck_ledger_month_number_from_zero')),
    sa.CheckConstraint('width IN (10, 11)', name=op.f('ck_ledger_month_width')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_ledger_month_file_id')),
    sa.ForeignKeyConstraint(['made_by_id'], ['account.id'], name=op.f('fk_ledger_month_made_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_month')),
    sa.UniqueConstraint('region_code', 'month', 'origin', 'number', name=op.f('uq_ledger_month_region_code_month_origin_number'))
    )
    forbid_changes('ledger_month')
    op.create_table('platform_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('error', sa.String(length=400), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status <> 'rejected' OR length(error) > 0", name=op.f('ck_platform_row_rejected_for_a_reason')),
    sa.CheckConstraint("status IN ('sent', 'accepted', 'rejected')", name=op.f('ck_platform_row_status')),
    sa.ForeignKeyConstraint(['batch_id'], ['platform_batch.id'], name=op.f('fk_platform_row_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_row')),
    sa.UniqueConstraint('batch_id', 'line', name=op.f('uq_platform_row_batch_id_line'))
    )
    with op.batch_alter_table('platform_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_platform_row_subject_kind_subject_id'), ['subject_kind', 'subject_id'], unique=False)

    op.create_table('record_rule_count',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_rule_count'))
    )
    op.create_table('record_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('full_list', sa.Boolean(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_by_id', sa.Integer(), nullable=True),
    sa.Column('received_by', sa.String(length=120), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'received') = (decided_at IS NULL)", name=op.f('ck_record_batch_decided_has_a_date')),
    sa.CheckConstraint("kind IN ('penalties', 'severe_list', 'facts', 'repairs')", name=op.f('ck_record_batch_kind')),
    sa.CheckConstraint("state = 'received' OR decided_by_id IS NOT NULL", name=op.f('ck_record_batch_decided_by_somebody')),
    sa.CheckConstraint("state IN ('received', 'confirmed', 'refused')", name=op.f('ck_record_batch_state')),
    sa.CheckConstraint('decided_by_id <> received_by_id', name=op.f('ck_record_batch_two_persons')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_record_batch_decided_by_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_record_batch_file_id')),
    sa.ForeignKeyConstraint(['received_by_id'], ['account.id'], name=op.f('fk_record_batch_received_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_batch'))
    )
    with op.batch_alter_table('record_batch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_record_batch_region_code_state'), ['region_code', 'state'], unique=False)

    op.create_table('credit_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=240), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=True),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('list_name', sa.String(length=120), nullable=False),
    sa.Column('document_number', sa.String(length=120), nullable=False),
    sa.Column('authority', sa.String(length=120), nullable=False),
    sa.Column('authority_code', sa.String(length=18), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('degree', sa.String(length=10), nullable=True),
    sa.Column('conduct', sa.String(length=400), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('penalty_kinds', sa.String(length=200), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('fine', sa.Numeric(precision=16, scale=6), nullable=True),
    sa.Column('confiscated', sa.Numeric(precision=16, scale=6), nullable=True),
    sa.Column('licence', sa.String(length=200), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('listed_until', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('removed_on', sa.Date(), nullable=True),
    sa.Column('removal_document', sa.String(length=120), nullable=False),
    sa.Column('earliest_on', sa.Date(), nullable=True),
    sa.Column('latest_on', sa.Date(), nullable=True),
    sa.Column('rules_from', sa.Date(), nullable=True),
    sa.Column('kept_by', sa.String(length=200), nullable=False),
    sa.Column('met_on', sa.Date(), nullable=True),
    sa.Column('met_note', sa.String(length=400), nullable=False),
    sa.Column('met_file_id', sa.Integer(), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('left_reason', sa.String(length=400), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(kind IN ('penalty', 'severe', 'abnormal')) = (degree IS NOT NULL)", name=op.f('ck_credit_record_dishonesty_has_a_degree')),
    sa.CheckConstraint("(state IN ('published', 'withheld')) = (left_on IS NULL)", name=op.f('ck_credit_record_left_has_a_date')),
    sa.CheckConstraint("degree IN ('minor', 'general', 'severe')", name=op.f('ck_credit_record_degree')),
    sa.CheckConstraint("kind IN ('penalty', 'severe', 'abnormal', 'bankrupt', 'deregistered', 'revoked')", name=op.f('ck_credit_record_kind')),
    sa.CheckConstraint("state <> 'published' OR degree IS NOT NULL", name=op.f('ck_credit_record_published_dishonesty')),
    sa.CheckConstraint("state <> 'published' OR institution_id IS NOT NULL", name=op.f('ck_credit_record_published_of_an_institution')),
    sa.CheckConstraint("state <> 'published' OR latest_on IS NOT NULL", name=op.f('ck_credit_record_published_within_a_period')),
    sa.CheckConstraint("state IN ('published', 'withheld', 'repaired', 'annulled', 'objected', 'removed', 'expired', 'lapsed')", name=op.f('ck_credit_record_state')),
    sa.CheckConstraint('fine >= 0 AND confiscated >= 0', name=op.f('ck_credit_record_amounts_not_negative')),
    sa.CheckConstraint('latest_on >= earliest_on', name=op.f('ck_credit_record_period_in_order')),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_credit_record_name_present')),
    sa.CheckConstraint('length(uscc) = 18', name=op.f('ck_credit_record_uscc_length')),
    sa.ForeignKeyConstraint(['batch_id'], ['record_batch.id'], name=op.f('fk_credit_record_batch_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_credit_record_institution_id')),
    sa.ForeignKeyConstraint(['met_file_id'], ['stored_file.id'], name=op.f('fk_credit_record_met_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_record')),
    sa.UniqueConstraint('kind', 'key', name=op.f('uq_credit_record_kind_key')),
    sa.UniqueConstraint('public_id', name=op.f('uq_credit_record_public_id'))
    )
    with op.batch_alter_table('credit_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_credit_record_institution_id_state'), ['institution_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_credit_record_state_latest_on'), ['state', 'latest_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_credit_record_uscc'), ['uscc'], unique=False)

    op.create_table('ledger_case',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=True),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(length=20), nullable=False),
    sa.Column('ground', sa.Text(), nullable=False),
    sa.Column('source_kind', sa.String(length=20), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('opened_by_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('remark', sa.String(length=400), nullable=False),
    sa.Column('prune_reason', sa.String(length=20), nullable=True),
    sa.Column('prune_note', sa.String(length=400), nullable=False),
    sa.Column('prune_file_id', sa.Integer(), nullable=True),
    sa.Column('pruned_by_id', sa.Integer(), nullable=True),
    sa.Column('pruned_on', sa.Date(), nullable=True),
    sa.Column('exit_proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('exit_decided_by_id', sa.Integer(), nullable=True),
    sa.Column('exited_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(source_kind = '') = (source_id IS NULL)", name=op.f('ck_ledger_case_source_whole_or_none')),
    sa.CheckConstraint("(state = 'exited') = (exited_on IS NOT NULL)", name=op.f('ck_ledger_case_exited_has_a_date')),
    sa.CheckConstraint("(state = 'pruned') = (prune_reason IS NOT NULL)", name=op.f('ck_ledger_case_pruned_for_a_reason')),
    sa.CheckConstraint("(subject = 'institution') = (institution_id IS NOT NULL)", name=op.f('ck_ledger_case_institution_is_known')),
    sa.CheckConstraint("origin IN ('pushed', 'opened')", name=op.f('ck_ledger_case_origin')),
    sa.CheckConstraint("prune_reason IN ('bankrupt', 'unreachable', 'deregistered', 'revoked', 'other')", name=op.f('ck_ledger_case_prune_reason')),
    sa.CheckConstraint("prune_reason IS NULL OR prune_reason <> 'other' OR (length(prune_note) > 0 AND prune_file_id IS NOT NULL)", name=op.f('ck_ledger_case_other_reason_is_proven')),
    sa.CheckConstraint("state <> 'exited' OR exit_decided_by_id IS NOT NULL", name=op.f('ck_ledger_case_exit_was_decided')),
    sa.CheckConstraint("state IN ('open', 'exit_proposed', 'exited', 'pruned')", name=op.f('ck_ledger_case_state')),
    sa.CheckConstraint("state NOT IN ('exit_proposed', 'exited') OR exit_proposed_by_id IS NOT NULL", name=op.f('ck_ledger_case_exit_was_proposed')),
    sa.CheckConstraint("subject IN ('institution', 'impersonator')", name=op.f('ck_ledger_case_subject')),
    sa.CheckConstraint('(prune_reason IS NULL) = (pruned_by_id IS NULL)', name=op.f('ck_ledger_case_pruned_by_somebody')),
    sa.CheckConstraint('episode > 0', name=op.f('ck_ledger_case_episode_counts_from_one')),
    sa.CheckConstraint('exit_decided_by_id <> exit_proposed_by_id', name=op.f('ck_ledger_case_two_persons')),
    sa.CheckConstraint('length(ground) > 0', name=op.f('ck_ledger_case_ground_present')),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_ledger_case_name_present')),
    sa.ForeignKeyConstraint(['exit_decided_by_id'], ['account.id'], name=op.f('fk_ledger_case_exit_decided_by_id')),
    sa.ForeignKeyConstraint(['exit_proposed_by_id'], ['account.id'], name=op.f('fk_ledger_case_exit_proposed_by_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_ledger_case_institution_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['account.id'], name=op.f('fk_ledger_case_opened_by_id')),
    sa.ForeignKeyConstraint(['prune_file_id'], ['stored_file.id'], name=op.f('fk_ledger_case_prune_file_id')),
    sa.ForeignKeyConstraint(['pruned_by_id'], ['account.id'], name=op.f('fk_ledger_case_pruned_by_id')),
    sa.ForeignKeyConstraint(['round_id'], ['ledger_round.id'], name=op.f('fk_ledger_case_round_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_case')),
    sa.UniqueConstraint('institution_id', 'episode', name=op.f('uq_ledger_case_institution_id_episode')),
    sa.UniqueConstraint('source_kind', 'source_id', name=op.f('uq_ledger_case_source_kind_source_id'))
    )
    with op.batch_alter_table('ledger_case', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_case_region_code_state'), ['region_code', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_ledger_case_uscc'), ['uscc'], unique=False)
        batch_op.create_index('uq_ledger_case_running', ['institution_id'], unique=True, sqlite_where=sa.text("state IN ('open', 'exit_proposed')"), postgresql_where=sa.text("state IN ('open', 'exit_proposed')"))

    op.create_table('record_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('row_number', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=240), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('known', sa.Boolean(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('changes', sa.Text(), nullable=False),
    sa.CheckConstraint("verdict IN ('new', 'changed', 'removal', 'unknown')", name=op.f('ck_record_row_verdict')),
    sa.ForeignKeyConstraint(['batch_id'], ['record_batch.id'], name=op.f('fk_record_row_batch_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_row')),
    sa.UniqueConstraint('batch_id', 'row_number', name=op.f('uq_record_row_batch_id_row_number'))
    )
    with op.batch_alter_table('record_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_record_row_batch_id_verdict'), ['batch_id', 'verdict'], unique=False)
        batch_op.create_index(batch_op.f('ix_record_row_key'), ['key'], unique=False)
        batch_op.create_index(batch_op.f('ix_record_row_uscc'), ['uscc'], unique=False)

    op.create_table('ledger_case_record',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('added_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['ledger_case.id'], name=op.f('fk_ledger_case_record_case_id')),
    sa.ForeignKeyConstraint(['record_id'], ['credit_record.id'], name=op.f('fk_ledger_case_record_record_id')),
    sa.PrimaryKeyConstraint('case_id', 'record_id', name=op.f('pk_ledger_case_record'))
    )
    with op.batch_alter_table('ledger_case_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_case_record_record_id'), ['record_id'], unique=False)

    op.create_table('ledger_measure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('form', sa.String(length=20), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('hour', sa.String(length=40), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('office', sa.String(length=120), nullable=False),
    sa.Column('contact_name', sa.String(length=60), nullable=False),
    sa.Column('contact_phone', sa.String(length=60), nullable=False),
    sa.Column('addressee', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('present', sa.String(length=400), nullable=False),
    sa.Column('minutes', sa.Text(), nullable=False),
    sa.Column('promises', sa.Text(), nullable=False),
    sa.Column('level', sa.String(length=40), nullable=False),
    sa.Column('frequency', sa.String(length=80), nullable=False),
    sa.Column('suspended', sa.Boolean(), nullable=False),
    sa.Column('response', sa.Text(), nullable=False),
    sa.Column('responded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('public_state', sa.String(length=20), nullable=False),
    sa.Column('public_text', sa.String(length=600), nullable=False),
    sa.Column('public_proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('published_by_id', sa.Integer(), nullable=True),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('public_until', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(kind = 'interview') = (form IS NOT NULL)", name=op.f('ck_ledger_measure_interview_has_a_form')),
    sa.CheckConstraint("(kind = 'supervision') = (length(level) > 0)", name=op.f('ck_ledger_measure_supervision_has_a_level')),
    sa.CheckConstraint("form IN ('reminder', 'warning')", name=op.f('ck_ledger_measure_form')),
    sa.CheckConstraint("kind = 'supervision' OR NOT suspended", name=op.f('ck_ledger_measure_suspended_by_supervision')),
    sa.CheckConstraint("kind IN ('interview', 'order', 'supervision', 'circular', 'publication', 'handover', 'joint')", name=op.f('ck_ledger_measure_kind')),
    sa.CheckConstraint("public_state <> 'published' OR state <> 'cancelled'", name=op.f('ck_ledger_measure_cancelled_is_not_public')),
    sa.CheckConstraint("public_state = 'hidden' OR (length(public_text) > 0 AND public_proposed_by_id IS NOT NULL AND public_until IS NOT NULL)", name=op.f('ck_ledger_measure_public_was_proposed')),
    sa.CheckConstraint("public_state IN ('hidden', 'proposed', 'published', 'withdrawn')", name=op.f('ck_ledger_measure_public_state')),
    sa.CheckConstraint("public_state NOT IN ('published', 'withdrawn') OR (published_by_id IS NOT NULL AND published_on IS NOT NULL)", name=op.f('ck_ledger_measure_published_by_somebody')),
    sa.CheckConstraint("state IN ('announced', 'responded', 'done', 'missed', 'ended', 'cancelled')", name=op.f('ck_ledger_measure_state')),
    sa.CheckConstraint("kind <> 'joint' OR length(reference) > 0", name=op.f('ck_ledger_measure_suggestion_names_its_measure')),
    sa.CheckConstraint("kind NOT IN ('circular', 'handover', 'joint') OR length(addressee) > 0", name=op.f('ck_ledger_measure_goes_to_somebody')),
    sa.CheckConstraint("state <> 'missed' OR kind = 'interview'", name=op.f('ck_ledger_measure_only_interviews_are_missed')),
    sa.CheckConstraint("state NOT IN ('done', 'ended') OR done_on IS NOT NULL", name=op.f('ck_ledger_measure_done_has_a_date')),
    sa.CheckConstraint('length(text) > 0 AND length(office) > 0', name=op.f('ck_ledger_measure_complete')),
    sa.CheckConstraint('published_by_id <> public_proposed_by_id', name=op.f('ck_ledger_measure_two_persons')),
    sa.ForeignKeyConstraint(['case_id'], ['ledger_case.id'], name=op.f('fk_ledger_measure_case_id')),
    sa.ForeignKeyConstraint(['public_proposed_by_id'], ['account.id'], name=op.f('fk_ledger_measure_public_proposed_by_id')),
    sa.ForeignKeyConstraint(['published_by_id'], ['account.id'], name=op.f('fk_ledger_measure_published_by_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['account.id'], name=op.f('fk_ledger_measure_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_measure')),
    sa.UniqueConstraint('public_id', name=op.f('uq_ledger_measure_public_id'))
    )
    with op.batch_alter_table('ledger_measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_measure_case_id_kind'), ['case_id', 'kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_ledger_measure_public_state_published_on'), ['public_state', 'published_on'], unique=False)
        batch_op.create_index('uq_ledger_measure_supervision', ['case_id'], unique=True, sqlite_where=sa.text("kind = 'supervision' AND state = 'done'"), postgresql_where=sa.text("kind = 'supervision' AND state = 'done'"))

    op.create_table('repair_application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('applied_on', sa.Date(), nullable=False),
    sa.Column('applied_to', sa.String(length=120), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=False),
    sa.Column('document_number', sa.String(length=120), nullable=False),
    sa.Column('decision', sa.String(length=600), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'repaired' OR confirmed_by_id IS NOT NULL", name=op.f('ck_repair_application_repair_was_confirmed')),
    sa.CheckConstraint("state <> 'accepted' OR accepted_on IS NOT NULL", name=op.f('ck_repair_application_accepted_has_a_date')),
    sa.CheckConstraint('accepted_on >= applied_on', name=op.f('ck_repair_application_accepted_after_application')),
    sa.CheckConstraint("state IN ('applied', 'accepted', 'closed') OR decided_on IS NOT NULL", name=op.f('ck_repair_application_decided_has_a_date')),
    sa.CheckConstraint("state IN ('applied', 'accepted', 'refused', 'confirming', 'repaired', 'not_repaired', 'closed')", name=op.f('ck_repair_application_state')),
    sa.CheckConstraint("state NOT IN ('confirming', 'repaired') OR (proposed_by_id IS NOT NULL AND length(document_number) > 0)", name=op.f('ck_repair_application_repair_was_proposed')),
    sa.CheckConstraint('confirmed_by_id <> proposed_by_id', name=op.f('ck_repair_application_two_persons')),
    sa.CheckConstraint('decided_on >= applied_on', name=op.f('ck_repair_application_decided_after_application')),
    sa.CheckConstraint('length(applied_to) > 0', name=op.f('ck_repair_application_applied_somewhere')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['account.id'], name=op.f('fk_repair_application_confirmed_by_id')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['account.id'], name=op.f('fk_repair_application_entered_by_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_repair_application_institution_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['account.id'], name=op.f('fk_repair_application_proposed_by_id')),
    sa.ForeignKeyConstraint(['record_id'], ['credit_record.id'], name=op.f('fk_repair_application_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_repair_application'))
    )
    with op.batch_alter_table('repair_application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_repair_application_institution_id'), ['institution_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_repair_application_record_id'), ['record_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_repair_application_state'), ['state'], unique=False)
        batch_op.create_index('uq_repair_application_running', ['record_id'], unique=True, sqlite_where=sa.text("state IN ('applied', 'accepted', 'confirming')"), postgresql_where=sa.text("state IN ('applied', 'accepted', 'confirming')"))

    op.create_table('ledger_measure_file',
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('by_institution', sa.Boolean(), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_ledger_measure_file_file_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['ledger_measure.id'], name=op.f('fk_ledger_measure_file_measure_id')),
    sa.PrimaryKeyConstraint('measure_id', 'file_id', name=op.f('pk_ledger_measure_file'))
    )
    op.create_table('repair_file',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('paper', sa.String(length=20), nullable=False),
    sa.CheckConstraint("paper IN ('obligations', 'commitment', 'decision')", name=op.f('ck_repair_file_paper')),
    sa.ForeignKeyConstraint(['application_id'], ['repair_application.id'], name=op.f('fk_repair_file_application_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_repair_file_file_id')),
    sa.PrimaryKeyConstraint('application_id', 'file_id', name=op.f('pk_repair_file'))
    )


def downgrade() -> None:
    op.drop_table('repair_file')
    op.drop_table('ledger_measure_file')
    with op.batch_alter_table('repair_application', schema=None) as batch_op:
        batch_op.drop_index('uq_repair_application_running', sqlite_where=sa.text("state IN ('applied', 'accepted', 'confirming')"), postgresql_where=sa.text("state IN ('applied', 'accepted', 'confirming')"))
        batch_op.drop_index(batch_op.f('ix_repair_application_state'))
        batch_op.drop_index(batch_op.f('ix_repair_application_record_id'))
        batch_op.drop_index(batch_op.f('ix_repair_application_institution_id'))

    op.drop_table('repair_application')
    with op.batch_alter_table('ledger_measure', schema=None) as batch_op:
        batch_op.drop_index('uq_ledger_measure_supervision', sqlite_where=sa.text("kind = 'supervision' AND state = 'done'"), postgresql_where=sa.text("kind = 'supervision' AND state = 'done'"))
        batch_op.drop_index(batch_op.f('ix_ledger_measure_public_state_published_on'))
        batch_op.drop_index(batch_op.f('ix_ledger_measure_case_id_kind'))

    op.drop_table('ledger_measure')
    with op.batch_alter_table('ledger_case_record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_case_record_record_id'))

    op.drop_table('ledger_case_record')
    with op.batch_alter_table('record_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_record_row_uscc'))
        batch_op.drop_index(batch_op.f('ix_record_row_key'))
        batch_op.drop_index(batch_op.f('ix_record_row_batch_id_verdict'))

    op.drop_table('record_row')
    with op.batch_alter_table('ledger_case', schema=None) as batch_op:
        batch_op.drop_index('uq_ledger_case_running', sqlite_where=sa.text("state IN ('open', 'exit_proposed')"), postgresql_where=sa.text("state IN ('open', 'exit_proposed')"))
        batch_op.drop_index(batch_op.f('ix_ledger_case_uscc'))
        batch_op.drop_index(batch_op.f('ix_ledger_case_region_code_state'))

    op.drop_table('ledger_case')
    with op.batch_alter_table('credit_record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_credit_record_uscc'))
        batch_op.drop_index(batch_op.f('ix_credit_record_state_latest_on'))
        batch_op.drop_index(batch_op.f('ix_credit_record_institution_id_state'))

    op.drop_table('credit_record')
    with op.batch_alter_table('record_batch', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_record_batch_region_code_state'))

    op.drop_table('record_batch')
    op.drop_table('record_rule_count')
    with op.batch_alter_table('platform_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_platform_row_subject_kind_subject_id'))

    op.drop_table('platform_row')
    allow_changes('ledger_month')
    op.drop_table('ledger_month')
    op.drop_table('ledger_contact')
    op.drop_table('platform_batch')
    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_setting_name_region_code_valid_from'))

    op.drop_table('office_setting')
    op.drop_table('ledger_round')


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
