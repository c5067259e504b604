-- What must hold in the database of chat, at every instant.

-- I60 The messages of a conversation are numbered from 1 to its head without a gap.
-- looks at conversations
select c.id, c.head, count(m.seq) as messages, max(m.seq) as last
from conversations c left join messages m on m.conversation_id = c.id
group by c.id, c.head
having count(m.seq) <> c.head or coalesce(max(m.seq), 0) <> c.head;

-- I61 Each line of an order's log has the hash of its fields and of the line before it, and the order has the last one.
-- looks at log_lines
with fields as (
    select number, seq, hash, previous_hash,
           lag(hash, 1, '') over (partition by number order by seq) as line_before,
           row_number() over (partition by number order by seq) as place,
           array[previous_hash, number, seq::text, id::text, kind, coalesce(by_user, ''), coalesce(by_role, ''),
                 coalesce("row", ''), text,
                 to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'] || attachments as parts
    from log_lines),
digests as (
    select number, seq, hash, previous_hash, line_before, place,
           encode(sha256(convert_to((select string_agg(octet_length(part) || ':' || part, '' order by nth)
                                     from unnest(parts) with ordinality as each(part, nth)), 'UTF8')), 'hex') as digest
    from fields)
select number, seq, hash, digest from digests
where hash <> digest or previous_hash <> line_before or seq <> place
union all
select o.number, o.lines, o.hash, l.hash
from orders o left join log_lines l on l.number = o.number and l.seq = o.lines
where o.hash <> coalesce(l.hash, '') or o.lines <> (select count(*) from log_lines x where x.number = o.number);

-- I62 Of messages that nobody reads, their recipient is told once per conversation and unread run.
-- looks at outbox where event = 'chat.message_sent'
select body->>'conversation_id' as conversation, body->>'recipient' as recipient, body->>'first_seq' as first_seq
from outbox where event = 'chat.message_sent'
group by 1, 2, 3 having count(*) > 1;

-- I63 Each picture of a message or of a line is its author's, was uploaded for exactly this place, and is used once.
-- looks at attachments where used_at is not null
with used as (
    select u.id, m.sender as account, m.by_user, m.conversation_id, null::text as number, null::text as sha256
    from messages m, unnest(m.attachments) as u (id)
    union all
    select split_part(u.proof, ':', 1)::uuid, null, l.by_user, null, l.number, split_part(u.proof, ':', 2)
    from log_lines l, unnest(l.attachments) as u (proof))
select u.id, u.by_user, count(*) as times, count(a.id) as known
from used u left join attachments a on a.id = u.id and a.used_at is not null and a.dispute_id is null
    and a.by_user = u.by_user and a.account = coalesce(u.account, a.account)
    and a.conversation_id is not distinct from u.conversation_id and a.number is not distinct from u.number
    and a.sha256 = coalesce(u.sha256, a.sha256)
group by u.id, u.by_user having count(*) <> 1 or count(a.id) <> 1;

-- I64 The picture of a message, a line or a case is kept for at least 90 days.
-- looks at attachments where used_at is not null
select id, used_at, purged_at from attachments where purged_at < used_at + interval '90 days';
