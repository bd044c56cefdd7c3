-- title: Off-hours
-- asks: Did people of the office decide at night or at weekends?
-- over: events
-- grade: look
-- says: {actor} acted {acts} times at weekends or outside of {first} to {last} o'clock.
WITH act AS (
    SELECT e.seq, e.actor, e.event, d.weekday,
           CAST(SUBSTR(e.rec, 12, 2) AS INTEGER) * 60 + CAST(SUBSTR(e.rec, 15, 2) AS INTEGER) + :utc_offset_minutes AS clock
    FROM events e
    JOIN calendar d ON d.day = SUBSTR(e.rec, 1, 10)
    WHERE e.cause IS NULL AND e.role IN ('officer', 'reviewer', 'finance')
), local_act AS (
    SELECT seq, actor, event, (clock + 1440) % 1440 AS clock,
           (weekday + CASE WHEN clock >= 1440 THEN 1 WHEN clock < 0 THEN 6 ELSE 0 END) % 7 AS weekday
    FROM act
), odd AS (
    SELECT seq, actor, event FROM local_act WHERE weekday >= 5 OR clock < :first_hour * 60 OR clock >= :last_hour * 60
), counted AS (
    SELECT actor, COUNT(*) AS acts FROM odd GROUP BY actor HAVING COUNT(*) >= :off_hours_least
)
SELECT o.actor AS finding, o.seq, o.actor AS aggregate, NULL AS amount, '' AS currency, o.actor, c.acts,
       :first_hour AS first, :last_hour AS last
FROM odd o
JOIN counted c ON c.actor = o.actor
