-- What must hold between the services, once nothing is on its way any more.
-- Each service's tables are in a schema of its name; `everyone` has the tables that all have, with the service's name.
-- `:legal` is made from the transition table, `:heard` from the topology: queue by routing key.

-- I06 Escrow holds for each order exactly what orders says it holds.
-- looks at orders.orders
with escrow as (select owner, sum(balance) as balance from payments.accounts where kind = 'escrow' group by owner)
select o.number, o.status, o.held, coalesce(escrow.balance, 0) as escrow
from orders.orders o left join escrow on escrow.owner = o.number
where o.held <> coalesce(escrow.balance, 0);

-- I07 All escrow together is what the open paid orders are worth, in each currency.
-- looks at payments.accounts where kind = 'escrow'
with escrow as (select currency, sum(balance) as sum from payments.accounts where kind = 'escrow' group by 1),
open as (
    select currency, sum(amount - refunded_amount) as sum
    from orders.orders
    where status in ('waiting_delivery', 'waiting_confirmation', 'refunding', 'refund_refused', 'disputed')
    group by 1)
select currency, escrow.sum as escrow, open.sum as open_orders
from escrow full join open using (currency)
where coalesce(escrow.sum, 0) <> coalesce(open.sum, 0);

-- I08 What left an order's escrow is its amount, once: what was refunded to the buyer, the rest to the seller's side.
-- looks at orders.orders where paid_at is not null
-- A refund goes to the balance, frozen or not, or after a charge-back to the provider.
with went as (
    select e.order_number,
           sum(p.amount) filter (where a.kind in ('buyer_balance', 'frozen_balance', 'provider')) as to_buyer,
           sum(p.amount) filter (where a.kind in (
               'seller_available', 'frozen_available', 'fee_revenue', 'service_tax_payable')) as to_seller
    from payments.entries e
    join payments.postings p on p.entry_id = e.id
    join payments.accounts a on a.id = p.account_id
    where e.story = 'settlement'
    group by 1)
select coalesce(o.number, went.order_number) as number, o.status, o.amount, o.refunded_amount, went.to_buyer,
       went.to_seller
from orders.orders o full join went on went.order_number = o.number
where coalesce(went.to_buyer, 0) is distinct from o.refunded_amount
   or coalesce(went.to_seller, 0)
      is distinct from case when o.status = 'completed' then o.amount - o.refunded_amount else 0 end;

-- I09 The ledger moved exactly what each event of orders said that moves: to the buyer, to the seller, fee and tax.
-- looks at orders.outbox where event in ('order.refunded', 'order.partially_refunded', 'order.completed')
with said as (
    select subject || ':v' || sequence as reference, (body -> 'settlement' ->> 'to_buyer')::bigint as to_buyer,
           (body -> 'settlement' ->> 'net')::bigint as net, (body -> 'settlement' ->> 'fee')::bigint as fee,
           (body -> 'settlement' ->> 'tax')::bigint as tax
    from orders.outbox
    where event in ('order.refunded', 'order.partially_refunded', 'order.completed')),
booked as (
    select e.reference,
           sum(p.amount) filter (where a.kind in ('buyer_balance', 'frozen_balance', 'provider')) as to_buyer,
           sum(p.amount) filter (where a.kind in ('seller_available', 'frozen_available')) as net,
           sum(p.amount) filter (where a.kind = 'fee_revenue') as fee,
           sum(p.amount) filter (where a.kind = 'service_tax_payable') as tax
    from payments.entries e
    join payments.postings p on p.entry_id = e.id
    join payments.accounts a on a.id = p.account_id
    where e.story = 'settlement'
    group by 1)
select reference, said.to_buyer, booked.to_buyer as booked_to_buyer, said.net, booked.net as booked_net, said.fee,
       booked.fee as booked_fee, said.tax, booked.tax as booked_tax
from said left join booked using (reference)
where (said.to_buyer, said.net, said.fee, said.tax) is distinct from
      (coalesce(booked.to_buyer, 0), coalesce(booked.net, 0), coalesce(booked.fee, 0), coalesce(booked.tax, 0));

-- I15 Every order with a clock has one pending timer, every other order none.
-- looks at orders.orders
select coalesce(o.number, t.key) as number, o.status, o.due_at, t.due_at as timer
from orders.orders o
full join (select key, due_at from scheduler.timers where owner = 'orders' and state = 'pending') t on t.key = o.number
where (o.due_at is not null) <> (t.key is not null);

-- I19 Every published event was handled by every consumer, or given up by an operator.
-- looks at everyone.outbox where published_at is not null
select said.event, said.subject, said.message_id, consumed.queue, kept.state as kept, kept.error
from everyone.outbox said
join :consumed on consumed.key = said.routing_key
left join everyone.inbox taken on taken.consumer = consumed.queue and taken.message_id = said.message_id::text
left join everyone.kept_messages kept on kept.consumer = consumed.queue and kept.message_id = said.message_id::text
where said.published_at is not null and taken.message_id is null and kept.state is distinct from 'skipped';

-- I20 No message was handled that no service published.
-- looks at everyone.inbox
-- Published events are purged after two days; a failed message may be handled much later than it was published.
select taken.service, taken.consumer, taken.event, taken.message_id, taken.handled_at
from everyone.inbox taken
left join everyone.outbox said on said.message_id::text = taken.message_id
left join everyone.kept_messages kept on kept.consumer = taken.consumer and kept.message_id = taken.message_id
where taken.handled_at > clock_timestamp() - interval '47 hours' and said.id is null and kept.id is null;

-- I31 Every transition that moved money bears the mark that payments has moved it.
-- looks at orders.history
select h.number, h.version, h.row, h.target
from orders.history h
join :legal on legal.row = h.row and legal.source = h.source and legal.target = h.target
where legal.settles and h.settled_at is null;

-- I32 Escrow was filled for exactly the orders that were paid: once, with the whole amount.
-- looks at orders.orders
with filled as (
    select e.order_number, count(*) as times, sum(p.amount) as amount
    from payments.entries e
    join payments.postings p on p.entry_id = e.id
    join payments.accounts a on a.id = p.account_id
    where e.story = 'funding' and a.kind = 'escrow'
    group by 1)
select coalesce(o.number, filled.order_number) as number, o.status, o.amount, filled.times, filled.amount as filled
from orders.orders o full join filled on filled.order_number = o.number
where coalesce(filled.times, 0) <> (o.paid_at is not null)::int
   or (filled.times = 1 and filled.amount <> o.amount);

-- I33 Payments knows of each order what orders knows: whose it is, what it costs, whether it can still be paid.
-- looks at payments.payment_lines
select coalesce(o.number, l.number) as number, o.status, l.state, o.amount, l.amount as known_amount, l.seller
from orders.orders o full join payments.payment_lines l on l.number = o.number
where (o.payment_number, o.buyer, o.seller, o.currency, o.amount)
      is distinct from (l.payment_number, l.buyer, l.seller, l.currency, l.amount)
   or case o.status
      when 'waiting_payment' then l.state <> 'payable'
      when 'expired' then l.state <> 'expired'
      when 'deleted' then l.state <> 'deleted'
      else l.state <> 'paid' end;

-- I34 A payment asks its buyer for exactly what its orders cost.
-- looks at payments.payments
with due as (
    select payment_number as number, buyer, currency, sum(amount)::bigint as amount
    from orders.orders
    group by 1, 2, 3)
select number, due.buyer, p.buyer as asked, due.currency, p.currency as asked_currency, due.amount,
       p.amount as asked_amount
from due full join payments.payments p using (number)
where (due.buyer, due.currency, due.amount) is distinct from (p.buyer, p.currency, p.amount);

-- I35 No captured money is on its way: every incoming account is empty.
-- looks at payments.accounts where kind = 'incoming'
select owner as payment, currency, balance
from payments.accounts
where kind = 'incoming' and balance <> 0;

-- I36 No settlement waits for its order's money.
-- looks at payments.entries where story = 'settlement'
select order_number, version, to_buyer, gross
from payments.waiting_settlements;

-- I39 Every paid order was paid by a capture of its own payment.
-- looks at orders.orders where paid_at is not null
select o.number, o.payment_number, o.capture_id, c.payment_number as captured_for
from orders.orders o left join payments.captures c on c.id = o.capture_id
where o.paid_at is not null and c.payment_number is distinct from o.payment_number;

-- I40 A pending timer is due when its order says, in the order's latest generation.
-- looks at scheduler.timers where state = 'pending'
select t.key as number, o.due_at, t.due_at as timer, o.generation, t.generation as timer_generation
from scheduler.timers t join orders.orders o on t.owner = 'orders' and t.key = o.number
where t.state = 'pending' and (o.due_at, o.generation) is distinct from (t.due_at, t.generation::int)
  and o.due_at is not null;

-- I53 Payments knows how each account stands, and whether its money is frozen, as disputes knows it.
-- looks at payments.standings
select coalesce(a."user", s.account) as account, a.standing, a.frozen, s.suspended as known_suspended,
       s.frozen as known_frozen
from disputes.accounts a full join payments.standings s on s.account = a."user"
where (coalesce(a.standing in ('suspended', 'terminated'), false), coalesce(a.frozen, false))
      is distinct from (coalesce(s.suspended, false), coalesce(s.frozen, false));

-- I65 A case has its whole excerpt, the log of its order until the dispute, and every comment that was written since.
-- looks at disputes.cases
-- The excerpt has at most the newest 1000 lines of the log.
with disputed as (select number, min(seq) as seq from chat.log_lines where "row" in ('T22', 'T29') group by 1),
arrived as (select number, count(*) as arrived, max(parts) as parts from disputes.excerpt_parts group by 1)
select c.number, c.id::text as lacks, arrived.arrived, arrived.parts
from disputes.cases c join disputed using (number) left join arrived using (number)
where arrived.arrived is distinct from arrived.parts or arrived.arrived is null
union all
select c.number, l.seq::text, null, null
from disputes.cases c join disputed using (number) join chat.log_lines l using (number)
left join disputes.case_entries e on e.number = l.number and e.id = l.id and e.text = l.text
where e.id is null and l.seq > disputed.seq - 1000 and (l.seq <= disputed.seq or l.kind = 'comment');

-- I66 A picture is part of a case exactly if evidence of its uploader names it there.
-- looks at chat.attachments where dispute_id is not null
select a.id, a.used_at, count(e.id) as named
from chat.attachments a left join disputes.evidence e
    on e.case_id = a.dispute_id and e.by_user = a.account and a.id = any (e.attachments)
where a.dispute_id is not null and a.sha256 is not null and a.purged_at is null
group by a.id, a.used_at
having (count(e.id) > 0) <> (a.used_at is not null);

-- I57 An order whose escrow a bank took of is in dispute, as one that was charged back.
-- looks at payments.payment_lines where charged_back > 0
select l.number, l.charged_back, o.status, o.charged_back as known
from payments.payment_lines l left join orders.orders o using (number)
where l.charged_back > 0 and not coalesce(o.charged_back and o.status = 'disputed', false);
