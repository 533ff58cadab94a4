"""Words and layouts of letters that an office puts in the place of the program's, and the files of a letter."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('letter_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('part', sa.String(length=20), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('taken_back', sa.Boolean(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint("(file_id IS NOT NULL) = (part = 'layout' AND NOT taken_back)", name=op.f('ck_letter_template_layout_has_a_file')),
    sa.CheckConstraint("kind IN ('impersonation', 'overdue')", name=op.f('ck_letter_template_kind')),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_letter_template_reason_present')),
    sa.CheckConstraint('number > 0', name=op.f('ck_letter_template_number_from_one')),
    sa.CheckConstraint("part IN ('words', 'layout')", name=op.f('ck_letter_template_part')),
    sa.CheckConstraint("taken_back OR part <> 'words' OR (length(title) > 0 AND length(body) > 0)", name=op.f('ck_letter_template_words_are_there')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_letter_template_file_id')),
    sa.ForeignKeyConstraint(['made_by_id'], ['account.id'], name=op.f('fk_letter_template_made_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_template')),
    sa.UniqueConstraint('region_code', 'kind', 'part', 'number', name=op.f('uq_letter_template_region_code_kind_part_number'))
    )
    op.create_table('letter_file',
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.CheckConstraint("role IN ('document', 'delivery', 'answer')", name=op.f('ck_letter_file_role')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_letter_file_file_id')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_file_letter_id')),
    sa.PrimaryKeyConstraint('letter_id', 'file_id', name=op.f('pk_letter_file'))
    )
    with op.batch_alter_table('letter_file', schema=None) as batch_op:
        batch_op.create_index('uq_letter_file_document', ['letter_id'], unique=True, sqlite_where=sa.text("role = 'document'"), postgresql_where=sa.text("role = 'document'"))


def downgrade() -> None:
    with op.batch_alter_table('letter_file', schema=None) as batch_op:
        batch_op.drop_index('uq_letter_file_document', sqlite_where=sa.text("role = 'document'"), postgresql_where=sa.text("role = 'document'"))

    op.drop_table('letter_file')
    op.drop_table('letter_template')
