-- What must hold in the database of orders, at every instant.
-- `:legal` is made from the transition table: one line per row of it and status that the row starts from.

-- I12 Every line of an order's history is a row of the transition table, asked by whom the row allows.
-- looks at history
-- What leaves a closed order is I14's.
select h.number, h.version, h.row, h.source, h.target, h.by_role, h.deadline
from history h
where coalesce(h.source, '') not in ('deleted', 'refunded', 'completed')
  and not exists (
    select from :legal
    where legal.row = h.row and legal.source is not distinct from h.source and legal.target = h.target
      and legal.role is not distinct from h.by_role and (legal.role is null) = (h.deadline is not null));

-- I13 An order is what the last line of its history says.
-- looks at orders
with last as (select distinct on (number) number, target, version from history order by number, version desc)
select coalesce(o.number, last.number) as number, o.status, o.version, last.target, last.version as last_version
from orders o full join last using (number)
where (o.status, o.version) is distinct from (last.target, last.version);

-- I14 Nothing happens to an order that is closed.
-- looks at history where source is not null
select number, version, row, source, target
from history
where source in ('deleted', 'refunded', 'completed');

-- I21 Each transition published exactly one event, the one of its row, under the order's version.
-- looks at history
-- Published events are purged after two days, so only orders placed since then can be asked.
with recent as (
    select o.number from orders o join outbox x on x.event = 'checkout.placed' and x.subject = o.payment_number
    where x.created_at > clock_timestamp() - interval '47 hours'),
said as (
    select subject as number, sequence as version, count(*) as times, min(event) as event
    from outbox join recent on recent.number = outbox.subject
    where event in (select legal.event from :legal)
    group by 1, 2),
done as (
    select h.number, h.version, h.row, array_agg(distinct legal.event) as events
    from history h join recent using (number)
    join :legal on legal.row = h.row and legal.source is not distinct from h.source and legal.target = h.target
    group by 1, 2, 3)
select number, version, done.row, done.events, said.event, coalesce(said.times, 0) as times
from done full join said using (number, version)
where said.times is distinct from 1 or done.row is null or said.event <> all(done.events);

-- I26 Times are in order: placed, paid, delivered, closed; a history never goes back, nor is it written in advance.
-- looks at history
select number, null as version, placed_at, paid_at, delivered_at, closed_at
from orders
where paid_at < placed_at or delivered_at < paid_at or closed_at < coalesce(delivered_at, paid_at, placed_at)
union all
select h.number, h.version, before.at, h.at, h.recorded_at, null
from history h left join history before on before.number = h.number and before.version = h.version - 1
where h.at < before.at or h.recorded_at < h.at;

-- I27 What an order holds and has given back follows from its status.
-- looks at orders
select number, status, amount, held, refunded_amount
from orders
where (held, refunded_amount) is distinct from case
    when status in ('waiting_payment', 'expired', 'deleted') then (0::bigint, 0::bigint)
    when status = 'refunded' then (0::bigint, amount)
    when status = 'completed' then (0::bigint, least(refunded_amount, amount - 1))
    else (amount - refunded_amount, least(refunded_amount, amount - 1)) end;

-- I28 An order's history has no gap: versions 1, 2, 3, and each line begins where the one before ended.
-- looks at history
select h.number, h.version, h.source, before.target as ended_at
from history h left join history before on before.number = h.number and before.version = h.version - 1
where (h.version = 1) <> (h.source is null) or (h.version > 1 and before.number is null)
   or h.source is distinct from before.target;

-- I29 An order's due time is the one that follows from what happened and from its pinned windows.
-- looks at orders
with facts as (
    select o.*, requests -> -1 ->> 'stage' as stage,
           (requests -> -1 ->> 'requested_at')::timestamptz as asked_at,
           (requests -> -1 ->> 'answered_at')::timestamptz as answered_at,
           interval '1 second' as unit
    from orders o),
follows as (
    select *, case
        when status = 'waiting_payment' then placed_at + (windows ->> 'payment')::int * unit
        when status = 'waiting_delivery' then paid_at + (windows ->> 'delivery')::int * unit
        when status = 'waiting_confirmation' then delivered_at + (windows ->> 'confirmation')::int * unit
        when status = 'refunding' and stage = 'post_delivery'
            then asked_at + (windows ->> 'answer_post_delivery')::int * unit
        when status = 'refunding'
            then least(paid_at + (windows ->> 'delivery')::int * unit,
                       asked_at + (windows ->> 'answer_pre_delivery')::int * unit)
        when status = 'refund_refused' then answered_at + (windows ->> 'escalation')::int * unit end as expected
    from facts)
select number, status, due_at, expected from follows where due_at is distinct from expected;

-- I30 A buyer asks at most once before and once after delivery, never after taking a request back, never for too much.
-- looks at orders where requests <> '[]'
with asked as (
    select o.number, o.amount, r.place, r.request ->> 'stage' as stage, r.request ->> 'state' as state,
           (r.request ->> 'requested_amount')::bigint as requested,
           coalesce(sum((r.request ->> 'requested_amount')::bigint) filter (where r.request ->> 'state' = 'agreed')
                    over (partition by o.number order by r.place rows between unbounded preceding and 1 preceding), 0)
           as gone_before
    from orders o cross join jsonb_array_elements(o.requests) with ordinality r (request, place))
select number, amount, place, stage, state, requested
from asked a
where requested not between 1 and amount - gone_before
   or exists (select from asked b where b.number = a.number and b.place < a.place
              and (b.stage = a.stage or b.state = 'cancelled'));

-- I42 Sealed data came with the delivery of an account, and only its buyer has revealed it, after the delivery.
-- looks at hand_overs
with revealed as (select number, min(at) as at, array_agg(distinct by_user) as users from reveals group by number)
select coalesce(o.number, h.number) as number, o.category, o.sealed, o.delivered_at, o.revealed_at, r.at, r.users
from orders o full join hand_overs h using (number) left join revealed r on r.number = h.number
where coalesce(o.sealed, false) <> (h.number is not null)
   or (o.sealed and (o.category <> 'account' or o.delivered_at is null))
   or o.revealed_at is distinct from r.at
   or r.at < o.delivered_at
   or r.users <> array[o.buyer];
