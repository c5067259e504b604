-- What must hold in the database of the scheduler, at every instant.

-- I16 No timer is overdue by more than 30 seconds while the clock runs.
-- looks at timers where state = 'pending'
select owner, key, kind, due_at, market_now() as now
from timers
where state = 'pending' and due_at < market_now() - interval '30 seconds'
  and not exists (select from clock where frozen_at is not null);

-- I17 No timer fired early.
-- looks at timers where state = 'fired'
select owner, key, kind, due_at, fired_at
from timers
where state = 'fired' and fired_at < due_at;
