"""Conversations with support, and support's queue."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the kind of a conversation and the tables of support; there is no way back but a restore."""
    op.execute(
        """
        alter table conversations add column kind text not null default 'trade'
            check (kind in ('trade', 'support_chat', 'support_messages'));
        alter table conversations drop constraint conversations_pair;
        alter table conversations add constraint conversations_pair unique (buyer, seller, kind);
        create table support_items (
            conversation_id uuid primary key references conversations (id),
            account text not null,
            channel text not null check (channel in ('chat', 'message')),
            status text not null check (status in ('waiting', 'overdue', 'answered')),
            version integer not null,
            generation integer not null,
            unanswered_seq integer,
            unanswered_at timestamptz,
            assigned_to text,
            due_at timestamptz,
            constraint support_items_unanswered check ((status = 'answered') = (unanswered_seq is null)),
            constraint support_items_at check ((unanswered_seq is null) = (unanswered_at is null))
        );
        create index support_items_open on support_items (unanswered_at, conversation_id) where status <> 'answered';
        create index support_items_due on support_items (due_at) where due_at is not null;
        create table support_answers (
            conversation_id uuid not null,
            seq integer not null,
            answers_seq integer not null,
            primary key (conversation_id, seq),
            foreign key (conversation_id, seq) references messages (conversation_id, seq)
        );
        create table support_notes (
            id uuid primary key,
            conversation_id uuid not null references support_items (conversation_id),
            by_user text not null,
            text text not null,
            at timestamptz not null
        );
        create index support_notes_of on support_notes (conversation_id, id);
        """
    )
