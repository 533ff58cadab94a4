"""What was answered to each clue of a letter, warnings out of cases of the ledger with their kind, and batches in parts."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_RESULTS = "result IN ('handled', 'being_handled', 'not_confirmed', 'referred')"
_KINDS = "kind IN ('impersonation', 'clone')"
_DONE = "state <> 'done' OR done_on IS NOT NULL"
_ENDED = "state <> 'ended' OR ended_on IS NOT NULL"
_DONE_BEFORE = "state NOT IN ('done', 'ended') OR done_on IS NOT NULL"
_BATCH_STATES = "state IN ('received', 'taking_effect', 'confirmed', 'refused')"
_OUTCOMES = (
    "outcome IN ('created', 'changed', 'repaired', 'removed', 'kept', 'unknown', 'unchanged', 'superseded', 'elsewhere', "
    "'ambiguous', 'placed')"
)


def upgrade() -> None:
    with op.batch_alter_table('letter_clue', schema=None) as batch_op:
        batch_op.add_column(sa.Column('result', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('answered_on', sa.Date(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_letter_clue_result'), _RESULTS)
    # Until now one answer counted for all clues of a letter.
    for column in ('result', 'answered_on'):
        op.execute(
            f'UPDATE letter_clue SET {column} = (SELECT letter.{column} FROM letter WHERE letter.id = letter_clue.letter_id)'
        )
    with op.batch_alter_table('letter_clue', schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f('ck_letter_clue_answered_with_a_result'), '(answered_on IS NULL) = (result IS NULL)'
        )

    with op.batch_alter_table('impostor_warning', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=20), nullable=False, server_default='impersonation'))
        batch_op.add_column(sa.Column('case_id', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_impostor_warning_kind'), _KINDS)
        batch_op.create_check_constraint(batch_op.f('ck_impostor_warning_one_source'), 'report_id IS NULL OR case_id IS NULL')
        batch_op.create_foreign_key(batch_op.f('fk_impostor_warning_case_id'), 'ledger_case', ['case_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_impostor_warning_case_id'), ['case_id'], unique=False)
    with op.batch_alter_table('impostor_warning', schema=None) as batch_op:
        batch_op.alter_column('kind', server_default=None)

    # What ends with its case was perhaps never done.
    with op.batch_alter_table('ledger_measure', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_ledger_measure_done_has_a_date'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_ledger_measure_done_has_a_date'), _DONE)
        batch_op.create_check_constraint(batch_op.f('ck_ledger_measure_ended_has_a_date'), _ENDED)

    # A batch takes effect in several transactions, and each row knows whether it has.
    with op.batch_alter_table('record_batch', schema=None) as batch_op:
        batch_op.add_column(sa.Column('with_removals', sa.Boolean(), nullable=True))
        batch_op.drop_constraint(batch_op.f('ck_record_batch_state'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_record_batch_state'), _BATCH_STATES)
    with op.batch_alter_table('record_row', schema=None) as batch_op:
        batch_op.add_column(sa.Column('outcome', sa.String(length=20), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_record_row_outcome'), _OUTCOMES)
        batch_op.create_index(batch_op.f('ix_record_row_batch_id_outcome'), ['batch_id', 'outcome'], unique=False)
    # A confirmed repair without a record waits for it.
    op.execute(
        "UPDATE record_row SET outcome = 'unknown' WHERE verdict = 'unknown'"
        " AND batch_id IN (SELECT id FROM record_batch WHERE state = 'confirmed')"
    )


def downgrade() -> None:
    with op.batch_alter_table('record_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_record_row_batch_id_outcome'))
        batch_op.drop_constraint(batch_op.f('ck_record_row_outcome'), type_='check')
        batch_op.drop_column('outcome')
    op.execute("UPDATE record_batch SET state = 'confirmed' WHERE state = 'taking_effect'")
    with op.batch_alter_table('record_batch', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_record_batch_state'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_record_batch_state'), "state IN ('received', 'confirmed', 'refused')")
        batch_op.drop_column('with_removals')

    op.execute("UPDATE ledger_measure SET done_on = ended_on WHERE state = 'ended' AND done_on IS NULL")
    with op.batch_alter_table('ledger_measure', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_ledger_measure_ended_has_a_date'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_ledger_measure_done_has_a_date'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_ledger_measure_done_has_a_date'), _DONE_BEFORE)

    with op.batch_alter_table('impostor_warning', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_impostor_warning_case_id'))
        batch_op.drop_constraint(batch_op.f('fk_impostor_warning_case_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_impostor_warning_one_source'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_impostor_warning_kind'), type_='check')
        batch_op.drop_column('case_id')
        batch_op.drop_column('kind')

    with op.batch_alter_table('letter_clue', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_letter_clue_answered_with_a_result'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_letter_clue_result'), type_='check')
        batch_op.drop_column('answered_on')
        batch_op.drop_column('result')
