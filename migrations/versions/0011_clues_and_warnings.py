"""What was answered to each clue of a letter, and warnings out of cases of the ledger, with their kind."""

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


def upgrade() -> None:
    with op.batch_alter_table('letter_clue', schema=None) as batch_op:
        batch_op.add_column(sa.Column('result', sa.String(length=20), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_letter_clue_result'), _RESULTS)
    # Until now one answer counted for all clues of a letter.
    op.execute('UPDATE letter_clue SET result = (SELECT letter.result FROM letter WHERE letter.id = letter_clue.letter_id)')

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


def downgrade() -> None:
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
        batch_op.drop_constraint(batch_op.f('ck_letter_clue_result'), type_='check')
        batch_op.drop_column('result')
