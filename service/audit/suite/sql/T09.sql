-- title: Cut-off
-- asks: Was anything recorded long after it took effect, or moved into a year that was already over?
-- over: events
-- grade: look
-- says: {what}: {event} by {who}, {entries} of them, up to {days} days late.
WITH dated AS (
    SELECT e.seq, e.event, CASE WHEN e.role IN ('officer', 'reviewer', 'finance') THEN e.actor ELSE e.role END AS who,
           r.number - d.number AS days, d.last_of_year - d.number AS before_end, r.number - d.last_of_year AS after_end
    FROM events e
    JOIN calendar d ON d.day = e.eff
    JOIN calendar r ON r.day = SUBSTR(e.rec, 1, 10)
    WHERE e.cause IS NULL AND e.eff < SUBSTR(e.rec, 1, 10)
), late AS (
    SELECT seq, event, who, days, 'Recorded more than :late_days days after taking effect' AS what FROM dated WHERE days > :late_days
    UNION ALL
    SELECT seq, event, who, days, 'Moved into the last days of a year that was over'
    FROM dated
    WHERE days <= :late_days AND before_end < :cut_off_days AND after_end > :cut_off_days
), counted AS (
    SELECT what, event, who, COUNT(*) AS entries, MAX(days) AS days FROM late GROUP BY what, event, who
)
SELECT l.what || ' ' || l.event || ' ' || l.who AS finding, l.seq, l.event AS aggregate, NULL AS amount, '' AS currency,
       l.what, c.entries, l.event, l.who, c.days
FROM late l
JOIN counted c ON c.what = l.what AND c.event = l.event AND c.who = l.who
