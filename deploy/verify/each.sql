-- What must hold in the database of every service, at every instant.

-- I18 Every event that was committed is published within 30 seconds.
-- looks at outbox
select id, event, subject, created_at, attempts, error
from outbox
where published_at is null and created_at < clock_timestamp() - interval '30 seconds';

-- I22 Every answer kept under an Idempotency-Key is whole and decided: given again, it is the same answer.
-- looks at answers
select caller, route, key, status
from answers
where status not between 200 and 499 or status in (401, 429)
   or octet_length(body) = 0 or octet_length(fingerprint) <> 32;
