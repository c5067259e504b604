"""One fault per invariant, as SQL that no service could ever run; `:completed` is the number of a completed order."""

Injection = dict[str, str]
"""What is changed, by service."""

_OLD = "delete from outbox; update inbox set handled_at = handled_at - interval '3 days';"
"""Time has passed: published events are purged, so that only the rows of the services themselves can tell."""


def booked(reference: str, entry: str, order: str, *movements: tuple[str, str, int]) -> str:
    """An entry of the ledger in MYR, sound in itself: balances follow, owners are made when they are new."""
    lines = [
        f"insert into entries (reference, story, order_number, at) values ('{reference}', '{entry}', {order}, now());"
    ]
    for kind, owner, amount in movements:
        held = "null" if kind in ("adjustment", "fee_revenue", "service_tax_payable") else "0"
        account = f"kind = '{kind}' and owner = {owner} and currency = 'MYR'"
        lines.append(
            f"""insert into accounts (kind, owner, currency, balance) values ('{kind}', {owner}, 'MYR', {held})
                on conflict do nothing;
                insert into postings select e.id, a.id, {amount} from entries e, accounts a
                where e.reference = '{reference}' and {account};
                update accounts set balance = balance + {amount} where {account};"""
        )
    return "\n".join(lines)


def moved(reference: str, amount: int, source: tuple[str, str], target: tuple[str, str]) -> str:
    """Part of what an entry gave to one account, given to another instead."""
    lines = []
    for (kind, owner), change in ((source, -amount), (target, amount)):
        account = f"kind = '{kind}' and owner = {owner} and currency = 'MYR'"
        lines.append(
            f"""insert into postings select e.id, a.id, {change} from entries e, accounts a
                where e.reference = {reference} and {account}
                on conflict (entry_id, account_id) do update set amount = postings.amount + excluded.amount;
                update accounts set balance = balance + {change} where {account};"""
        )
    return "\n".join(lines)


PAYOUT = ":completed || ':v4'"
REFUNDED_TO_BUYER = """
update outbox set body = jsonb_set(jsonb_set(body::jsonb, array['settlement', 'to_buyer'], '3000'),
                                   array['settlement', 'net'], '6460')::json
where subject = :completed and event = 'order.completed';
"""

FAULTS: dict[str, Injection] = {
    "I00": {"orders": "update outbox set published_at = null, created_at = now() where event = 'listing.published';"},
    "I01": {
        "payments": booked("half", "resolution", "null", ("adjustment", "''", 5))
        + booked("other half", "resolution", "null", ("adjustment", "''", -5))
    },
    "I02": {
        "payments": """
            insert into accounts (kind, owner, currency) values ('fee_revenue', '', 'KRW');
            insert into postings select 999999, id, 5 from accounts where currency = 'KRW';"""
    },
    "I03": {
        "payments": """insert into accounts (kind, owner, currency, balance)
                       values ('escrow', :waiting, 'USD', 0);"""
    },
    "I04": {"payments": "update accounts set balance = balance + 1 where owner = :buyer and kind = 'buyer_balance';"},
    "I05": {"payments": booked("x", "resolution", "null", ("buyer_balance", "'nobody'", -5), ("adjustment", "''", 5))},
    "I06": {"payments": booked("x", "resolution", "null", ("escrow", ":waiting", -10), ("escrow", ":delivered", 10))},
    "I07": {"payments": booked("x", "resolution", "null", ("adjustment", "''", -5), ("escrow", "'K0000000000'", 5))},
    "I08": {
        "orders": REFUNDED_TO_BUYER,
        "payments": moved(PAYOUT, 30_00, ("seller_available", ":seller"), ("buyer_balance", ":buyer")),
    },
    "I09": {"payments": moved(PAYOUT, 1, ("fee_revenue", "''"), ("service_tax_payable", "''"))},
    "I10": {
        "payments": """
            insert into captures (id, provider, event_id, transaction_id, payment_number, amount, currency,
                                  disposition, reason, at)
            values (gen_random_uuid(), 'balance', 'e', 't', :waitingpayment, 5, 'MYR', 'credited', 'late', now());"""
    },
    "I11": {"payments": """update captures set provider = 'elsewhere' where payment_number = :waitingpayment;"""},
    "I12": {"orders": "update history set by_role = 'seller' where number = :completed and row = 'T15';"},
    "I13": {"orders": "update orders set version = version + 1 where number = :waiting;"},
    "I14": {
        "orders": _OLD
        + """
            insert into history (number, version, row, by_user, by_role, source, target, at, recorded_at, why)
            select number, version + 1, 'T15', buyer, 'buyer', status, status, closed_at, closed_at, ''
            from orders where number = :completed;
            update orders set version = version + 1 where number = :completed;""",
        "payments": _OLD,
        "scheduler": _OLD,
        "disputes": _OLD,
        "chat": _OLD,
    },
    "I15": {"scheduler": "update timers set state = 'fired', fired_at = due_at where key = :waiting;"},
    "I16": {
        "scheduler": """
            delete from clock;
            insert into timers (owner, key, subject, kind, generation, due_at, state)
            values ('elsewhere', 'x', 'x', 'D0', 1, now() - interval '1 minute', 'pending');"""
    },
    "I17": {"scheduler": "update timers set fired_at = due_at - interval '1 ms' where key = :expired;"},
    "I18": {
        "orders": """update outbox set published_at = null, created_at = now() - interval '1 minute'
                     where event = 'listing.published';"""
    },
    "I19": {
        "payments": """delete from inbox where ctid = (select ctid from inbox where event = 'order.completed'
                                                       limit 1);"""
    },
    "I20": {"payments": "insert into inbox values ('payments.events', 'forged', 'order.completed');"},
    "I21": {
        "orders": "update outbox set subject = 'another' where subject = :completed and event = 'order.delivered';"
    },
    "I22": {"orders": "update answers set status = 500 where ctid = (select max(ctid) from answers);"},
    "I23": {
        "payments": """insert into webhooks (provider, event_id, body, body_sha256, outcome, received_at)
                       values ('sandbox', 'e', '', '', 'received', now() - interval '1 minute');"""
    },
    "I26": {"orders": "update orders set delivered_at = paid_at - interval '1 s' where number = :completed;"},
    "I27": {
        "orders": """
            update orders set held = held - 10 where number = :waiting;
            update orders set held = held + 10 where number = :delivered;""",
        "payments": booked("x", "resolution", "null", ("escrow", ":waiting", -10), ("escrow", ":delivered", 10)),
    },
    "I28": {
        "orders": _OLD + "delete from history where number = :completed and version = 2;",
        "payments": _OLD,
        "scheduler": _OLD,
        "disputes": _OLD,
        "chat": _OLD,
    },
    "I29": {
        "orders": "update orders set due_at = due_at + interval '1 hour' where number = :waiting;",
        "scheduler": "update timers set due_at = due_at + interval '1 hour' where key = :waiting;",
    },
    "I30": {
        "orders": """
            update orders set requests = jsonb_build_array(asked, asked)
            from (select jsonb_build_object('stage', 'pre_delivery', 'state', 'superseded', 'requested_amount', 5))
                 as one (asked)
            where number = :completed;"""
    },
    "I31": {"orders": "update history set settled_at = null where number = :completed;"},
    "I32": {
        "payments": booked("x", "funding", ":expired", ("adjustment", "''", -5), ("escrow", ":expired", 5))
        + booked("y", "resolution", ":expired", ("escrow", ":expired", -5), ("adjustment", "''", 5))
    },
    "I33": {"payments": "update payment_lines set state = 'payable' where number = :expired;"},
    "I34": {"payments": "update payments set amount = amount + 1 where number = :waitingpayment;"},
    "I35": {
        "payments": booked("x", "resolution", "null", ("adjustment", "''", -5), ("incoming", ":waitingpayment", 5))
    },
    "I36": {
        "payments": """insert into waiting_settlements values (:waiting, 9, '', '', 'MYR', now(), 5, 0, 0, 0, 0);"""
    },
    "I37": {"payments": "update captures set disposition = 'unmatched' where reason = 'late';"},
    "I38": {"payments": "update unmatched_items set amount = amount + 1 where reason = 'underpaid';"},
    "I39": {"orders": "update orders set capture_id = gen_random_uuid() where number = :completed;"},
    "I40": {"scheduler": "update timers set generation = generation + 1 where key = :waiting;"},
    "I41": {"payments": "update payments set captured_by = null where number = :completedpayment;"},
    "I42": {"orders": "update reveals set by_user = 'nobody' where number = :account;"},
    "I50": {
        "payments": booked("x", "resolution", "null", ("adjustment", "''", -5), ("buyer_balance", ":rich", 5)),
    },
    "I51": {"payments": "update charge_backs set waiting = 1 where payment_number = :lostpayment;"},
    "I52": {"payments": "update unmatched_items set amount = amount + 1 where reason = 'charged_back';"},
    "I53": {"disputes": 'update accounts set frozen = false where "user" = :rich;'},
    "I54": {
        "payments": """
            update charge_backs set amount = amount + 4100, waiting = waiting + 4100
            where payment_number = :heldpayment and capture_id is not null;"""
    },
    "I55": {
        "payments": """
            update payment_lines set charged_back = charged_back + 4100 where number = :held;
            insert into charge_backs select gen_random_uuid(), provider, 'x', 'x', attempt_id, payment_number,
                (select captured_by from payments where number = :completedpayment), reason, at, recorded_at, 4100,
                currency, 0, false
            from charge_backs where payment_number = :heldpayment and capture_id is not null;"""
    },
    "I56": {"payments": "delete from unmatched_items where reason = 'charge_back_aside';"},
    "I60": {"chat": "update messages set seq = seq + 1 where seq = 2 and conversation_id = :conversation;"},
    "I61": {"chat": "update log_lines set text = 'Handed over' where kind = 'comment' and number = :completed;"},
    "I62": {
        "chat": """
            insert into outbox (message_id, event, routing_key, subject, sequence, body, correlation_id, published_at,
                                happened_at)
            select gen_random_uuid(), event, routing_key, subject, sequence, body, correlation_id, published_at,
                   happened_at
            from outbox where event = 'chat.message_sent';"""
    },
    "I63": {"chat": "update attachments set by_user = 'somebody' where used_at is not null;"},
    "I64": {"chat": "update attachments set purged_at = used_at + interval '89 days' where used_at is not null;"},
    "I65": {"disputes": "delete from case_entries where number = :held and kind = 'comment';"},
    "I66": {"disputes": "update evidence set attachments = '{}' where cardinality(attachments) > 0;"},
    "I70": {"payments": "update claims set amount = amount + 1;"},
    "I71": {
        "payments": """update captures set reference = (select reference from claims limit 1)
                       where payment_number = :completedpayment;"""
    },
    "I72": {"payments": "update adjustments set amount = amount + 1 where state = 'booked' and needs_second;"},
    "I73": {"payments": "update adjustments set decided_by = requested_by where needs_second;"},
    "I74": {"payments": "update gift_cards set amount = amount + 1 where used_by is null;"},
    "I75": {"payments": "update gift_cards set used_by = 'nobody' where used_by is not null;"},
    "I76": {
        "payments": """update attempts set valid_until = valid_until + interval '1 day'
                       where payment_number = :completedpayment;"""
    },
    "I77": {"payments": "update card_declines set buyer = 'somebody';"},
    "I57": {"orders": "update orders set charged_back = false where number = :held;"},
}
