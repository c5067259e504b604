"""Lines that are offered captured money, so that an order that refused it can be paid again."""

from alembic import op

revision = "0005"
down_revision = "0004"

LINES = """
alter table payment_lines add column offered_by uuid;
alter table payment_lines drop constraint payment_lines_state_check;
update payment_lines l set offered_by = p.captured_by from payments p
where p.number = l.payment_number and p.captured_by is not null and l.state in ('payable', 'paid', 'refused');
update payment_lines set state = case state when 'payable' then 'offered' else 'payable' end
where state = 'refused' or (state = 'payable' and offered_by is not null);
alter table payment_lines add constraint payment_lines_state_check check (
    state in ('payable', 'offered', 'paid', 'expired', 'deleted'))
"""


def upgrade() -> None:
    """A line that waited for orders' answer is offered; one that was refused waits for its payment again."""
    op.execute(LINES)
