"""first release."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# Who did what, and what was published when: written once.
APPEND_ONLY = ("audit_event", "institution_version")


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('password', sa.String(length=255), nullable=False),
    sa.Column('password_set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('fs_uniquifier', sa.String(length=64), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=True),
    sa.Column('uscc', sa.String(length=18), nullable=True),
    sa.Column('sample', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tf_primary_method', sa.String(length=64), nullable=True),
    sa.Column('tf_totp_secret', sa.String(length=255), nullable=True),
    sa.Column('tf_last_counter', sa.Integer(), nullable=True),
    sa.Column('mf_recovery_codes', sa.UnicodeText(), nullable=True),
    sa.CheckConstraint("(role IN ('agent', 'legal_rep')) = (region_code IS NULL)", name=op.f('ck_account_staff_have_a_region')),
    sa.CheckConstraint("(role IN ('agent', 'legal_rep')) = (uscc IS NOT NULL)", name=op.f('ck_account_institution_people_have_a_code')),
    sa.CheckConstraint("role IN ('national', 'provincial', 'local', 'inspector', 'reviewer', 'auditor', 'sysadmin', 'agent', 'legal_rep')", name=op.f('ck_account_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_account_fs_uniquifier'))
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_uscc'), ['uscc'], unique=False)

    op.create_table('audit_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=120), nullable=False),
    sa.Column('actor_role', sa.String(length=20), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.String(length=60), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_event_actor_id_at'), ['actor_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_event_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_event_subject_kind_subject_id'), ['subject_kind', 'subject_id'], unique=False)

    op.create_table('calendar_year',
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('length(source) > 0', name=op.f('ck_calendar_year_source_present')),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_calendar_year'))
    )
    op.create_table('deadline_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('starts_with', sa.String(length=120), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('extendable_by', sa.Integer(), nullable=False),
    sa.Column('legal_limit', sa.Integer(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('confirmed', sa.Boolean(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint("unit IN ('working_day', 'calendar_day', 'month')", name=op.f('ck_deadline_rule_unit')),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_deadline_rule_amount_not_negative')),
    sa.CheckConstraint('extendable_by >= 0', name=op.f('ck_deadline_rule_extension_not_negative')),
    sa.CheckConstraint('legal_limit IS NULL OR amount + extendable_by <= legal_limit', name=op.f('ck_deadline_rule_within_legal_limit')),
    sa.CheckConstraint('length(source) > 0', name=op.f('ck_deadline_rule_source_present')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_deadline_rule_validity_in_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline_rule')),
    sa.UniqueConstraint('name', 'valid_from', name=op.f('uq_deadline_rule_name_valid_from'))
    )
    op.create_table('heartbeat',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeat'))
    )
    op.create_table('public_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_key', sa.String(length=60), nullable=False),
    sa.Column('payload', sa.Text(), nullable=True),
    sa.Column('salt', sa.LargeBinary(length=16), nullable=True),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(payload IS NULL) = (salt IS NULL)', name=op.f('ck_public_event_salt_with_payload')),
    sa.CheckConstraint('(payload IS NULL) = (withdrawn_at IS NOT NULL)', name=op.f('ck_public_event_withdrawn_without_payload')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_public_event'))
    )
    with op.batch_alter_table('public_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_public_event_subject_kind_subject_key'), ['subject_kind', 'subject_key'], unique=False)

    op.create_table('search_outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_outbox'))
    )
    op.create_table('stored_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('original_name', sa.String(length=120), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('clean_size', sa.Integer(), nullable=False),
    sa.Column('clean_sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stored_by', sa.Integer(), nullable=True),
    sa.CheckConstraint('clean_size > 0', name=op.f('ck_stored_file_clean_size_positive')),
    sa.CheckConstraint('size > 0', name=op.f('ck_stored_file_size_positive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_file')),
    sa.UniqueConstraint('public_id', name=op.f('uq_stored_file_public_id'))
    )
    op.create_table('unmatched_product',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=2), nullable=False),
    sa.Column('basis', sa.String(length=20), nullable=False),
    sa.Column('fee_low', sa.BigInteger(), nullable=True),
    sa.Column('fee_high', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.String(length=40), nullable=False),
    sa.Column('included', sa.String(length=1000), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unmatched_product')),
    sa.UniqueConstraint('uscc', 'name', 'category', 'region_code', name=op.f('uq_unmatched_product_uscc_name_category_region_code'))
    )
    with op.batch_alter_table('unmatched_product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unmatched_product_uscc'), ['uscc'], unique=False)

    op.create_table('calendar_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('holiday', 'makeup')", name=op.f('ck_calendar_day_kind')),
    sa.ForeignKeyConstraint(['year'], ['calendar_year.year'], name=op.f('fk_calendar_day_year'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_calendar_day'))
    )
    with op.batch_alter_table('calendar_day', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_day_year'), ['year'], unique=False)

    op.create_table('deadline',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('extended_by', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('due_on >= started_on', name=op.f('ck_deadline_end_after_start')),
    sa.CheckConstraint('extended_by >= 0', name=op.f('ck_deadline_extension_not_negative')),
    sa.ForeignKeyConstraint(['rule_id'], ['deadline_rule.id'], name=op.f('fk_deadline_rule_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline'))
    )
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.create_index('ix_deadline_open_due_on', ['due_on'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_deadline_rule_id'), ['rule_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_deadline_subject_kind_subject_id'), ['subject_kind', 'subject_id'], unique=False)
        batch_op.create_index('uq_deadline_open', ['subject_kind', 'subject_id', 'rule_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('import_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('account_name', sa.String(length=120), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_by', sa.String(length=120), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'previewed') = (finished_at IS NULL)", name=op.f('ck_import_batch_finished')),
    sa.CheckConstraint("kind IN ('institutions', 'products')", name=op.f('ck_import_batch_kind')),
    sa.CheckConstraint("state IN ('previewed', 'imported', 'discarded')", name=op.f('ck_import_batch_state')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_import_batch_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batch'))
    )
    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_batch_region_code'), ['region_code'], unique=False)

    op.create_table('institution',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('former_names', sa.JSON(), nullable=False),
    sa.Column('short_name', sa.String(length=60), nullable=False),
    sa.Column('legal_representative', sa.String(length=60), nullable=False),
    sa.Column('founded_on', sa.Date(), nullable=True),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=False),
    sa.Column('website', sa.String(length=200), nullable=False),
    sa.Column('chief_supervisor', sa.String(length=60), nullable=False),
    sa.Column('conduct_title', sa.String(length=120), nullable=False),
    sa.Column('conduct_version', sa.String(length=40), nullable=False),
    sa.Column('conduct_date', sa.Date(), nullable=True),
    sa.Column('conduct_file_id', sa.Integer(), nullable=True),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('voluntary', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('status_reason', sa.String(length=400), nullable=False),
    sa.Column('status_since', sa.Date(), nullable=False),
    sa.Column('registered_on', sa.Date(), nullable=False),
    sa.Column('committed', sa.Boolean(), nullable=False),
    sa.Column('committed_on', sa.Date(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("status IN ('registered', 'suspended', 'deregistered', 'withdrawn')", name=op.f('ck_institution_status')),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_institution_name_present')),
    sa.CheckConstraint('length(region_code) = 6', name=op.f('ck_institution_region_length')),
    sa.CheckConstraint('length(uscc) = 18', name=op.f('ck_institution_uscc_length')),
    sa.ForeignKeyConstraint(['conduct_file_id'], ['stored_file.id'], name=op.f('fk_institution_conduct_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_institution')),
    sa.UniqueConstraint('uscc', name=op.f('uq_institution_uscc'))
    )
    with op.batch_alter_table('institution', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_institution_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_institution_region_code_status'), ['region_code', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_institution_status_registered_on'), ['status', 'registered_on'], unique=False)

    op.create_table('import_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('row_number', sa.Integer(), nullable=False),
    sa.Column('column', sa.String(length=60), nullable=False),
    sa.Column('message', sa.String(length=1000), nullable=False),
    sa.CheckConstraint("level IN ('rejected', 'duplicate', 'warning', 'change')", name=op.f('ck_import_note_level')),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_note_batch_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_note'))
    )
    with op.batch_alter_table('import_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_note_batch_id_level_row_number'), ['batch_id', 'level', 'row_number'], unique=False)

    op.create_table('institution_category',
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=2), nullable=False),
    sa.Column('licence_number', sa.String(length=80), nullable=False),
    sa.Column('licence_issuer', sa.String(length=120), nullable=False),
    sa.Column('licence_expires_on', sa.Date(), nullable=True),
    sa.Column('verified_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_institution_category_institution_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('institution_id', 'code', name=op.f('pk_institution_category'))
    )
    with op.batch_alter_table('institution_category', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_institution_category_code'), ['code'], unique=False)

    op.create_table('institution_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_label', sa.String(length=80), nullable=False),
    sa.Column('by_account_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_institution_version_institution_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_institution_version')),
    sa.UniqueConstraint('institution_id', 'number', name=op.f('uq_institution_version_institution_id_number'))
    )
    op.create_table('service_product',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=2), nullable=False),
    sa.Column('basis', sa.String(length=20), nullable=False),
    sa.Column('fee_low', sa.BigInteger(), nullable=True),
    sa.Column('fee_high', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.String(length=40), nullable=False),
    sa.Column('included', sa.String(length=1000), nullable=False),
    sa.CheckConstraint("(basis = 'negotiable') = (fee_low IS NULL)", name=op.f('ck_service_product_negotiable_without_amount')),
    sa.CheckConstraint("basis IN ('per_report', 'per_case', 'per_year', 'per_month', 'per_day', 'per_hour', 'per_person', 'per_record', 'percentage', 'negotiable', 'free')", name=op.f('ck_service_product_basis')),
    sa.CheckConstraint('fee_high >= fee_low AND fee_low >= 0', name=op.f('ck_service_product_fee_range')),
    sa.ForeignKeyConstraint(['institution_id'], ['institution.id'], name=op.f('fk_service_product_institution_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_product')),
    sa.UniqueConstraint('institution_id', 'name', 'category', name=op.f('uq_service_product_institution_id_name_category'))
    )
    with op.batch_alter_table('service_product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_service_product_institution_id'), ['institution_id'], unique=False)

    for table in APPEND_ONLY:
        forbid_changes(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        allow_changes(table)
    with op.batch_alter_table('service_product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_service_product_institution_id'))

    op.drop_table('service_product')
    op.drop_table('institution_version')
    with op.batch_alter_table('institution_category', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_institution_category_code'))

    op.drop_table('institution_category')
    with op.batch_alter_table('import_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_note_batch_id_level_row_number'))

    op.drop_table('import_note')
    with op.batch_alter_table('institution', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_institution_status_registered_on'))
        batch_op.drop_index(batch_op.f('ix_institution_region_code_status'))
        batch_op.drop_index(batch_op.f('ix_institution_name'))

    op.drop_table('institution')
    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_batch_region_code'))

    op.drop_table('import_batch')
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.drop_index('uq_deadline_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_deadline_subject_kind_subject_id'))
        batch_op.drop_index(batch_op.f('ix_deadline_rule_id'))
        batch_op.drop_index('ix_deadline_open_due_on', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.drop_table('deadline')
    with op.batch_alter_table('calendar_day', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_day_year'))

    op.drop_table('calendar_day')
    with op.batch_alter_table('unmatched_product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unmatched_product_uscc'))

    op.drop_table('unmatched_product')
    op.drop_table('stored_file')
    op.drop_table('search_outbox')
    with op.batch_alter_table('public_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_public_event_subject_kind_subject_key'))

    op.drop_table('public_event')
    op.drop_table('heartbeat')
    op.drop_table('deadline_rule')
    op.drop_table('calendar_year')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_event_subject_kind_subject_id'))
        batch_op.drop_index(batch_op.f('ix_audit_event_at'))
        batch_op.drop_index(batch_op.f('ix_audit_event_actor_id_at'))

    op.drop_table('audit_event')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_uscc'))

    op.drop_table('account')


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
