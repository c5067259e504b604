-- The tables that every service has: outbox, inbox, kept_messages, answers, clock; and the business time.
create table outbox (
    id bigint generated always as identity primary key,
    message_id uuid not null unique,
    event text not null,
    routing_key text not null,
    subject text not null,
    sequence bigint not null,
    body json not null,
    traceparent text,
    correlation_id text not null,
    causation_id text,
    happened_at timestamptz not null,
    created_at timestamptz not null default clock_timestamp(),
    published_at timestamptz,
    attempts integer not null default 0,
    retry_at timestamptz,
    error text
);
create index outbox_unpublished on outbox (id) where published_at is null;
create index outbox_published_at on outbox (published_at) where published_at is not null;
create table inbox (
    consumer text not null,
    message_id text not null,
    event text not null,
    handled_at timestamptz not null default clock_timestamp(),
    primary key (consumer, message_id)
);
create index inbox_handled_at on inbox (handled_at);
create table kept_messages (
    id bigint generated always as identity primary key,
    consumer text not null,
    message_id text not null,
    event text not null,
    headers json not null,
    body bytea not null,
    state text not null constraint kept_messages_state check (state in ('waiting', 'parked', 'handled', 'skipped')),
    attempts integer not null,
    error text not null,
    kept_at timestamptz not null default clock_timestamp(),
    next_try_at timestamptz not null,
    settled_by text,
    settled_why text,
    settled_at timestamptz
);
create unique index kept_messages_of on kept_messages (consumer, message_id);
create index kept_messages_due on kept_messages (next_try_at) where state = 'waiting';
create table answers (
    caller text not null,
    route text not null,
    key text not null,
    fingerprint bytea not null,
    status integer not null,
    headers json not null,
    body bytea not null,
    stored_at timestamptz not null default clock_timestamp(),
    primary key (caller, route, key)
);
create index answers_stored_at on answers (stored_at);
create table clock (
    id boolean primary key constraint clock_one_row check (id),
    frozen_at timestamptz,
    shift interval not null default '0'::interval,
    round bigint not null default 0
);
create function market_now() returns timestamptz language plpgsql volatile as $$
declare moved record;
begin
    -- plpgsql and volatile: a fresh snapshot, also when the calling statement began before it waited for a lock
    select frozen_at, shift into moved from clock;
    return date_trunc('milliseconds', coalesce(moved.frozen_at, clock_timestamp() + coalesce(moved.shift, '0')));
end $$;
