-- What must hold in the database of payments, at every instant.

-- I01 Every entry of the ledger sums to zero in each currency.
-- looks at entries
select e.id, e.reference, a.currency, sum(p.amount) as sum
from entries e left join postings p on p.entry_id = e.id left join accounts a on a.id = p.account_id
group by e.id, e.reference, a.currency
having sum(p.amount) is distinct from 0;

-- I02 The whole ledger sums to zero in each currency.
-- looks at postings
select a.currency, sum(p.amount) as sum
from postings p left join accounts a on a.id = p.account_id
group by a.currency
having sum(p.amount) <> 0;

-- I03 Escrow is kept in the currency of its order, incoming money in that of its payment.
-- looks at accounts where kind in ('escrow', 'incoming')
select a.kind, a.owner, a.currency, coalesce(l.currency, p.currency) as expected
from accounts a
left join payment_lines l on a.kind = 'escrow' and l.number = a.owner
left join payments p on a.kind = 'incoming' and p.number = a.owner
where a.currency <> coalesce(l.currency, p.currency);

-- I04 An account's balance is the sum of its postings.
-- looks at accounts where balance is not null
select a.kind, a.owner, a.currency, a.balance, coalesce(s.sum, 0) as postings
from accounts a left join (select account_id, sum(amount) as sum from postings group by account_id) s
  on s.account_id = a.id
where a.balance <> coalesce(s.sum, 0);

-- I05 No wallet, no sales income, no escrow and no incoming money is below zero.
-- looks at accounts where balance is not null
select a.kind, a.owner, a.currency, sum(p.amount) as sum
from accounts a join postings p on p.account_id = a.id
where a.balance is not null
group by a.id
having sum(p.amount) < 0;

-- I10 Every captured amount is booked exactly once, and nothing is booked as captured that was not.
-- looks at captures
with booked as (
    select e.reference, e.id, -sum(p.amount) filter (where p.amount < 0) as amount
    from entries e left join postings p on p.entry_id = e.id
    where e.story = 'capture'
    group by e.id)
select coalesce('capture:' || c.id, b.reference) as reference, c.provider, c.transaction_id, c.amount as captured,
       b.amount as booked
from captures c full join booked b on b.reference = 'capture:' || c.id
where c.amount is distinct from b.amount;

-- I11 What we say a provider has captured is what the provider's account says.
-- looks at captures where provider <> 'balance'
with told as (
    select provider, currency, sum(amount) as sum from captures where provider <> 'balance' group by 1, 2),
ours as (
    select a.owner as provider, a.currency, -sum(p.amount) as sum
    from accounts a join postings p on p.account_id = a.id join entries e on e.id = p.entry_id
    where a.kind = 'provider' and e.story = 'capture'
    group by 1, 2)
select provider, currency, told.sum as captured, ours.sum as booked
from told full join ours using (provider, currency)
where coalesce(told.sum, 0) <> coalesce(ours.sum, 0);

-- I23 Every webhook of a provider is decided.
-- looks at webhooks
select provider, event_id, outcome, received_at
from webhooks
where outcome = 'received' and received_at < clock_timestamp() - interval '30 seconds';

-- I37 Every captured amount went where its one disposition says: to orders, to the buyer, or to support's review queue.
-- looks at captures
with went as (
    select e.reference,
           coalesce(sum(p.amount) filter (where a.kind = 'incoming'), 0) as incoming,
           coalesce(sum(p.amount) filter (where a.kind = 'unmatched'), 0) as unmatched
    from entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
    where e.story = 'capture'
    group by e.id)
select c.id, c.disposition, c.reason, c.amount, went.incoming, went.unmatched
from captures c join went on went.reference = 'capture:' || c.id
where case c.disposition
    when 'offered' then went.incoming <= 0 or went.unmatched <> 0
    when 'credited' then went.incoming <> 0 or went.unmatched <> 0
    else went.unmatched <> c.amount end;

-- I38 The unmatched account holds exactly what waits in support's review queue.
-- looks at unmatched_items
with queue as (
    select currency, sum(amount) as sum
    from unmatched_items
    where resolved_at is null and reason not in ('charged_back', 'charge_back_aside', 'unreadable')
    group by 1),
booked as (
    select a.currency, sum(p.amount) as sum
    from accounts a join postings p on p.account_id = a.id
    where a.kind = 'unmatched'
    group by 1)
select currency, queue.sum as in_the_queue, booked.sum as booked
from queue full join booked using (currency)
where coalesce(queue.sum, 0) <> coalesce(booked.sum, 0);

-- I41 A payment names the capture that was offered to its orders last, each order its own; nothing else was offered.
-- looks at payments where captured_by is not null
with offered as (select id, payment_number from captures where disposition = 'offered')
select p.number, p.captured_by, l.number as order_number, l.state, l.offered_by
from payments p join payment_lines l on l.payment_number = p.number
where p.captured_by is not null and (p.captured_by, p.number) not in (select id, payment_number from offered)
   or l.offered_by is not null and (l.offered_by, p.number) not in (select id, payment_number from offered)
   or l.offered_by is not null and p.captured_by is null
   or l.offered_by is null and l.state in ('offered', 'paid')
union all
select c.payment_number, c.id, null, null, null
from offered c left join payments p on p.number = c.payment_number
where p.captured_by is null;

-- I70 Every claim of support is one capture under its reference, with its amount; the bank has no other captures.
-- looks at claims
with booked as (select * from captures where provider = 'bank')
select l.id as claim, l.reference, l.amount, l.currency, c.id as capture, c.amount as captured, c.currency as unit
from claims l full join booked c on c.transaction_id = l.reference
where (l.id::text, l.amount, l.currency) is distinct from (c.event_id, c.amount, c.currency);

-- I71 No provider's money was booked under a reference that support had claimed, unless it waited for support.
-- looks at claims
select l.id as claim, l.reference, c.id as capture, c.provider, c.transaction_id, c.reason
from claims l join captures c on c.reference = l.reference and c.provider <> 'bank'
where c.reason <> 'reference_claimed';

-- I72 Every booked adjustment is one entry of its amount, by who asked for it, and nothing else is booked as one.
-- looks at adjustments where state = 'booked'
with booked as (
    select e.reference, e.by_user,
           sum(case a.kind when 'adjustment' then -p.amount else p.amount end) as amount,
           min(a.currency) as currency, min(case a.kind when 'adjustment' then 'goodwill' else 'forfeit' end) as kind
    from entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
    where e.story = 'adjustment' and a.kind in ('adjustment', 'forfeited')
    group by e.id)
select coalesce('adjustment:' || d.id, b.reference) as reference, d.kind, d.amount, d.currency, d.requested_by, b.kind as as_kind,
       b.amount as booked, b.by_user
from (select * from adjustments where state = 'booked') d full join booked b on b.reference = 'adjustment:' || d.id
where (d.kind, d.amount, d.currency, d.requested_by) is distinct from (b.kind, b.amount, b.currency, b.by_user);

-- I73 What needs two people was booked by two, neither of whom it is about.
-- looks at adjustments where state = 'booked' and needs_second
select id, kind, "user", amount, currency, requested_by, decided_by
from adjustments
where state = 'booked'
  and ("user" = requested_by or "user" = decided_by or needs_second and (decided_by is null or decided_by = requested_by));

-- I74 What is owed for gift cards is what the cards are worth that nobody has used.
-- looks at gift_cards
with cards as (select currency, sum(amount) as sum from gift_cards where used_by is null group by 1),
booked as (
    select a.currency, sum(p.amount) as sum
    from accounts a join postings p on p.account_id = a.id
    where a.kind = 'gift_cards'
    group by 1)
select currency, cards.sum as cards, booked.sum as booked
from cards full join booked using (currency)
where coalesce(cards.sum, 0) <> coalesce(booked.sum, 0);

-- I75 Every used gift card is in the balance of its user once, and nobody was topped up without a card.
-- looks at gift_cards where used_by is not null
with booked as (
    select e.reference, a.owner, a.currency, p.amount
    from entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
    where e.story = 'top_up' and a.kind in ('buyer_balance', 'frozen_balance'))
select coalesce('top_up:' || c.id, b.reference) as reference, c.used_by, c.amount, c.currency, b.owner, b.amount as booked
from (select * from gift_cards where used_by is not null) c full join booked b on b.reference = 'top_up:' || c.id
where (c.used_by, c.amount, c.currency) is distinct from (b.owner, b.amount, b.currency);

-- I50 A frozen account has nothing within its reach, and no other account has frozen money.
-- looks at standings where frozen
select a.owner, a.kind, a.currency, a.balance, coalesce(s.frozen, false) as frozen
from accounts a left join standings s on s.account = a.owner
where a.balance <> 0
  and a.kind in ('buyer_balance', 'seller_available', 'frozen_balance', 'frozen_available')
  and a.kind in ('frozen_balance', 'frozen_available') <> coalesce(s.frozen, false);

-- I51 What a bank took back was handed to its provider, waits in its orders' escrow, or waits for orders' answers.
-- looks at charge_backs where capture_id is not null
with taken as (
    select payment_number, currency, provider, sum(amount) as amount, sum(waiting) as waiting
    from charge_backs
    where capture_id is not null
    group by 1, 2, 3),
handed as (
    select coalesce(e.payment_number, l.payment_number) as payment_number, a.currency, a.owner as provider,
           sum(p.amount) as amount
    from entries e
    join postings p on p.entry_id = e.id
    join accounts a on a.id = p.account_id
    left join payment_lines l on l.number = e.order_number
    where a.kind = 'provider' and e.story in ('charge_back', 'credit', 'settlement')
    group by 1, 2, 3),
held as (
    select payment_number, currency, charged_back_by as provider, sum(charged_back) as amount
    from payment_lines
    where charged_back <> 0
    group by 1, 2, 3)
select payment_number, currency, provider, taken.amount as taken_back, taken.waiting, handed.amount as handed_over,
       held.amount as held
from taken
full join handed using (payment_number, currency, provider)
full join held using (payment_number, currency, provider)
where coalesce(taken.amount, 0) <> coalesce(taken.waiting, 0) + coalesce(handed.amount, 0) + coalesce(held.amount, 0);

-- I52 Every loss by a charge-back came to support's review queue.
-- looks at unmatched_items where reason = 'charged_back'
with queue as (select currency, sum(amount) as sum from unmatched_items where reason = 'charged_back' group by 1),
booked as (
    select a.currency, -sum(p.amount) as sum
    from accounts a join postings p on p.account_id = a.id
    where a.kind = 'charge_back_loss'
    group by 1)
select currency, queue.sum as came_to_the_queue, booked.sum as booked
from queue full join booked using (currency)
where coalesce(queue.sum, 0) <> coalesce(booked.sum, 0);

-- I54 A bank took back only what its provider had captured, in that currency, all parts together at most all of it.
-- looks at charge_backs where capture_id is not null
select c.id, c.provider, c.amount, c.currency, sum(b.amount) as taken_back, array_agg(b.currency) as currencies,
       array_agg(b.provider) as providers
from captures c join charge_backs b on b.capture_id = c.id
group by c.id
having sum(b.amount) > c.amount or bool_or((b.provider, b.currency) <> (c.provider, c.currency));

-- I55 What a bank took of an order is in the order's escrow.
-- looks at payment_lines where charged_back > 0
select l.number, l.charged_back, l.charged_back_by, coalesce(a.balance, 0) as escrow
from payment_lines l left join accounts a on a.kind = 'escrow' and a.owner = l.number and a.currency = l.currency
where l.charged_back > coalesce(a.balance, 0);

-- I56 Every charge-back that was put aside came to support's review queue.
-- looks at charge_backs where aside
select b.provider, b.event_id, b.amount, b.currency
from charge_backs b
left join unmatched_items i
    on i.provider = b.provider and i.transaction_id = b.transaction_id and i.reason = 'charge_back_aside'
where b.aside and (i.amount, i.currency) is distinct from (b.amount, b.currency);

-- I76 An attempt charges its orders and a fee of at most as much, and is valid at most until its payment is due.
-- looks at attempts where provider <> 'bank'
select a.id, a.payment_number, a.amount, a.fee, l.due, a.valid_until, p.due_at
from attempts a join payments p on p.number = a.payment_number
cross join lateral (select sum(amount) as due from payment_lines where number = any(a.covers)) l
where a.provider <> 'bank' and (a.amount is distinct from l.due + a.fee or a.fee > l.due or a.valid_until > p.due_at);

-- I77 A declined card was tried by the buyer for whom it counts, before any money came of it.
-- looks at card_declines
select d.attempt_id, d.buyer, p.buyer as payer, a.method, d.at
from card_declines d join attempts a on a.id = d.attempt_id join payments p on p.number = a.payment_number
where p.buyer <> d.buyer or a.method not in ('card', 'visa_mastercard_my')
   or exists (select from captures c where c.attempt_id = a.id and c.at < d.at);
