"""Merging, reviews, questions to institutions, notes, tags, extensions, pauses of deadlines, and what a report tells."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_MATTERS = "'false_disclosure', 'impersonation', 'breach', 'unlawful_fee', {}'other'"
_OUTCOMES = "'upheld', 'partly', 'unfounded', {}'noted'"
_MARK = "marked_on IS NULL OR (kind = 'objection' AND institution_id IS NOT NULL AND state IN ({}))"
_STATES_BEFORE = "'received', 'investigating', 'awaiting_reporter', 'decided', 'answered', 'closed', 'refused'"
_STATES = (
    "'received', 'investigating', 'awaiting_reporter', 'awaiting_institution', 'merged', 'decided', 'answered',"
    " 'reviewing', 'closed', 'refused', 'withdrawn'"
)
_MARKABLE_BEFORE = "'received', 'investigating', 'awaiting_reporter'"
_MARKABLE = "'received', 'investigating', 'awaiting_reporter', 'awaiting_institution'"
_CHANGED = {
    'matter': ("matter IN (" + _MATTERS.format("") + ")", "matter IN (" + _MATTERS.format("'forged_report', 'data_leak', ") + ")"),
    'outcome': ("outcome IN (" + _OUTCOMES.format("") + ")", "outcome IN (" + _OUTCOMES.format("'unproven', ") + ")"),
    'state': (f"state IN ({_STATES_BEFORE})", f"state IN ({_STATES})"),
    'mark_of_an_open_objection': (_MARK.format(_MARKABLE_BEFORE), _MARK.format(_MARKABLE)),
}
_NEW = {
    'referral': "referral IN ('consumer', 'central_bank', 'petition', 'police', 'other')",
    'review_result': "review_result IN ('upheld', 'reexamined')",
    'merged_into_another': "state <> 'merged' OR merged_into_id IS NOT NULL",
    'merged_not_into_itself': "merged_into_id <> id",
    'review_was_asked_for': "state <> 'reviewing' OR review_requested_at IS NOT NULL",
    'review_by_another': "reviewed_by_id <> original_decider_id",
    'decided_again_by_another': "review_result IS NULL OR review_result <> 'reexamined' OR concluded_by_id <> original_decider_id",
    'rating_of_five': "rating BETWEEN 1 AND 5",
    'rating_has_a_date': "(rating IS NULL) = (rated_at IS NULL)",
}
_SUBJECTS = {'ix_report_code': 'subject_uscc', 'ix_report_site': 'subject_site', 'ix_report_phone': 'subject_phone'}
_PAUSES = {
    'pause_not_negative': "paused_for >= 0",
    'paused_does_not_run': "paused_on IS NULL OR closed_at IS NOT NULL",
}


def upgrade() -> None:
    op.create_table('report_surge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('subject_key', sa.String(length=200), nullable=False),
    sa.Column('subject_name', sa.String(length=200), nullable=False),
    sa.Column('week', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_surge')),
    sa.UniqueConstraint('region_code', 'subject_key', 'week', name=op.f('uq_report_surge_region_code_subject_key_week'))
    )
    with op.batch_alter_table('report_surge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_surge_week'), ['week'], unique=False)

    op.create_table('report_filter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=30), nullable=False),
    sa.Column('query', sa.String(length=3000), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_filter_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_filter')),
    sa.UniqueConstraint('account_id', 'name', name=op.f('uq_report_filter_account_id_name'))
    )
    op.create_table('report_extension',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('requested_by_id', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved', sa.Boolean(), nullable=True),
    sa.CheckConstraint('(decided_at IS NULL) = (approved IS NULL) AND (approved IS NULL OR approved = false OR decided_by_id IS NOT NULL)', name=op.f('ck_report_extension_decision_whole')),
    sa.CheckConstraint('days > 0', name=op.f('ck_report_extension_days_positive')),
    sa.CheckConstraint('decided_by_id <> requested_by_id', name=op.f('ck_report_extension_two_persons')),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_report_extension_reason_present')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_report_extension_decided_by_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_extension_report_id')),
    sa.ForeignKeyConstraint(['requested_by_id'], ['account.id'], name=op.f('fk_report_extension_requested_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_extension'))
    )
    with op.batch_alter_table('report_extension', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_extension_report_id'), ['report_id'], unique=False)
        batch_op.create_index('uq_report_extension_waiting', ['report_id'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))

    op.create_table('report_inquiry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('given_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f('ck_report_inquiry_answered_has_words')),
    sa.CheckConstraint('answered_at IS NULL OR answered_by_id IS NOT NULL', name=op.f('ck_report_inquiry_answered_by_somebody')),
    sa.CheckConstraint('answered_at IS NULL OR given_up_at IS NULL', name=op.f('ck_report_inquiry_answered_or_given_up')),
    sa.CheckConstraint('length(question) > 0', name=op.f('ck_report_inquiry_question_present')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['account.id'], name=op.f('fk_report_inquiry_answered_by_id')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_report_inquiry_asked_by_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_report_inquiry_institution_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_inquiry_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_inquiry'))
    )
    with op.batch_alter_table('report_inquiry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_inquiry_institution_id_asked_at'), ['institution_id', 'asked_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_inquiry_report_id'), ['report_id'], unique=False)
        batch_op.create_index('uq_report_inquiry_open', ['report_id'], unique=True, sqlite_where=sa.text('answered_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL AND given_up_at IS NULL'))

    op.create_table('report_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.CheckConstraint('length(text) > 0', name=op.f('ck_report_note_text_present')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_note_account_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_note_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_note'))
    )
    with op.batch_alter_table('report_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_note_report_id_id'), ['report_id', 'id'], unique=False)

    op.create_table('report_tag',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('word', sa.String(length=20), nullable=False),
    sa.CheckConstraint('length(word) > 0', name=op.f('ck_report_tag_word_present')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_tag_report_id')),
    sa.PrimaryKeyConstraint('report_id', 'word', name=op.f('pk_report_tag'))
    )
    with op.batch_alter_table('report_tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_tag_word'), ['word'], unique=False)

    op.create_table('report_evidence',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.CheckConstraint('length(words) > 0', name=op.f('ck_report_evidence_words_present')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_evidence_account_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_report_evidence_file_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_evidence_report_id')),
    sa.PrimaryKeyConstraint('report_id', 'file_id', name=op.f('pk_report_evidence'))
    )
    op.create_table('report_inquiry_file',
    sa.Column('inquiry_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_report_inquiry_file_file_id')),
    sa.ForeignKeyConstraint(['inquiry_id'], ['report_inquiry.id'], name=op.f('fk_report_inquiry_file_inquiry_id')),
    sa.PrimaryKeyConstraint('inquiry_id', 'file_id', name=op.f('pk_report_inquiry_file'))
    )
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.add_column(sa.Column('paused_for', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('paused_on', sa.Date(), nullable=True))
        for name, condition in _PAUSES.items():
            batch_op.create_check_constraint(batch_op.f(f'ck_deadline_{name}'), condition)

    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subject_site', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('subject_phone', sa.String(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('subject_account', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('subject_contract', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('disputed_key', sa.String(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('disputed_text', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('concluded_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('referral', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('review_requested_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('review_request', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('review_result', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('reviewed_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('original_decider_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('rating', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('rating_words', sa.String(length=500), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('rated_at', sa.DateTime(timezone=True), nullable=True))
        for name, (_, after) in _CHANGED.items():
            batch_op.drop_constraint(batch_op.f(f'ck_report_{name}'), type_='check')
            batch_op.create_check_constraint(batch_op.f(f'ck_report_{name}'), after)
        for name, condition in _NEW.items():
            batch_op.create_check_constraint(batch_op.f(f'ck_report_{name}'), condition)
        batch_op.create_index('ix_report_merged', ['merged_into_id'], unique=False, sqlite_where=sa.text('merged_into_id IS NOT NULL'), postgresql_where=sa.text('merged_into_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_report_received_at'), ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_subject_name'), ['subject_name'], unique=False)
        for name, column in _SUBJECTS.items():
            where = sa.text(f"{column} <> ''")
            batch_op.create_index(name, [column], unique=False, sqlite_where=where, postgresql_where=where)
        batch_op.create_foreign_key(batch_op.f('fk_report_concluded_by_id'), 'account', ['concluded_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_report_reviewed_by_id'), 'account', ['reviewed_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_report_original_decider_id'), 'account', ['original_decider_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_report_merged_into_id'), 'report', ['merged_into_id'], ['id'])

    with op.batch_alter_table('spot_check', schema=None) as batch_op:
        batch_op.add_column(sa.Column('report_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_spot_check_report_id'), 'report', ['report_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_spot_check_report_id'), ['report_id'], unique=False)

    with op.batch_alter_table('report_identity', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('facts', sa.Text(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('spot_check', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_spot_check_report_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_spot_check_report_id'))
        batch_op.drop_column('report_id')

    with op.batch_alter_table('report_identity', schema=None) as batch_op:
        batch_op.drop_column('facts')
        batch_op.drop_column('address')

    op.execute("UPDATE report SET state = 'closed' WHERE state IN ('merged', 'withdrawn')")
    op.execute("UPDATE report SET state = 'investigating' WHERE state = 'awaiting_institution'")
    op.execute("UPDATE report SET state = 'answered' WHERE state = 'reviewing'")
    op.execute("UPDATE report SET matter = 'other' WHERE matter IN ('forged_report', 'data_leak')")
    op.execute("UPDATE report SET outcome = 'noted' WHERE outcome = 'unproven'")
    with op.batch_alter_table('report', schema=None) as batch_op:
        for name in _NEW:
            batch_op.drop_constraint(batch_op.f(f'ck_report_{name}'), type_='check')
        for name, (before, _) in _CHANGED.items():
            batch_op.drop_constraint(batch_op.f(f'ck_report_{name}'), type_='check')
            batch_op.create_check_constraint(batch_op.f(f'ck_report_{name}'), before)
        batch_op.drop_constraint(batch_op.f('fk_report_merged_into_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_report_original_decider_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_report_reviewed_by_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_report_concluded_by_id'), type_='foreignkey')
        for name, column in _SUBJECTS.items():
            where = sa.text(f"{column} <> ''")
            batch_op.drop_index(name, sqlite_where=where, postgresql_where=where)
        batch_op.drop_index(batch_op.f('ix_report_subject_name'))
        batch_op.drop_index(batch_op.f('ix_report_received_at'))
        batch_op.drop_index('ix_report_merged', sqlite_where=sa.text('merged_into_id IS NOT NULL'), postgresql_where=sa.text('merged_into_id IS NOT NULL'))
        batch_op.drop_column('rated_at')
        batch_op.drop_column('rating_words')
        batch_op.drop_column('rating')
        batch_op.drop_column('original_decider_id')
        batch_op.drop_column('reviewed_by_id')
        batch_op.drop_column('review_result')
        batch_op.drop_column('review_request')
        batch_op.drop_column('review_requested_at')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('referral')
        batch_op.drop_column('concluded_by_id')
        batch_op.drop_column('disputed_text')
        batch_op.drop_column('disputed_key')
        batch_op.drop_column('subject_contract')
        batch_op.drop_column('subject_account')
        batch_op.drop_column('subject_phone')
        batch_op.drop_column('subject_site')

    op.execute("UPDATE deadline SET closed_at = NULL WHERE paused_on IS NOT NULL")
    op.execute("UPDATE deadline SET paused_on = NULL")
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        for name in _PAUSES:
            batch_op.drop_constraint(batch_op.f(f'ck_deadline_{name}'), type_='check')
        batch_op.drop_column('paused_on')
        batch_op.drop_column('paused_for')

    op.drop_table('report_evidence')
    op.drop_table('report_inquiry_file')
    with op.batch_alter_table('report_tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_tag_word'))

    op.drop_table('report_tag')
    with op.batch_alter_table('report_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_note_report_id_id'))

    op.drop_table('report_note')
    with op.batch_alter_table('report_inquiry', schema=None) as batch_op:
        batch_op.drop_index('uq_report_inquiry_open', sqlite_where=sa.text('answered_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL AND given_up_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_report_inquiry_report_id'))
        batch_op.drop_index(batch_op.f('ix_report_inquiry_institution_id_asked_at'))

    op.drop_table('report_inquiry')
    with op.batch_alter_table('report_extension', schema=None) as batch_op:
        batch_op.drop_index('uq_report_extension_waiting', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_report_extension_report_id'))

    op.drop_table('report_extension')
    op.drop_table('report_filter')
    with op.batch_alter_table('report_surge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_surge_week'))

    op.drop_table('report_surge')
