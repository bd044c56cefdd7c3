-- title: Numbers of the log
-- asks: Does every entry follow the one before it, in the log and in its own stream?
-- over: events
-- says: {what}: expected {expected}, found {found}.
WITH line AS (
    SELECT seq, stream FROM events
    UNION ALL
    SELECT r.redacted_seq, 'redacted' FROM redactions r WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.seq = r.redacted_seq)
), entry AS (
    SELECT seq, stream, LAG(seq) OVER (ORDER BY seq) AS before_seq FROM line
), strand AS (
    SELECT stream, MIN(seq) AS seq, COUNT(*) AS entries, MIN(ver) AS lowest, MAX(ver) AS highest, SUM(ver) AS total
    FROM events
    GROUP BY stream
)
SELECT 'entry ' || CAST(seq AS VARCHAR) AS finding, seq, stream AS aggregate, NULL AS amount, '' AS currency,
       'An entry is missing or there twice before this one' AS what, COALESCE(before_seq, -1) + 1 AS expected, seq AS found
FROM entry
WHERE seq <> COALESCE(before_seq, -1) + 1
UNION ALL
SELECT 'stream ' || stream, seq, stream, NULL, '',
       'The stream has not every version from 1 once', entries, highest
FROM strand
WHERE highest < entries OR highest - entries > (SELECT COUNT(*) FROM redactions)
   OR (highest = entries AND (lowest <> 1 OR 2 * total <> entries * (entries + 1)))
