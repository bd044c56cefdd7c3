-- title: Recorded times
-- asks: Do recorded times never go back, and do they lie between the times that outsiders stated before and after?
-- over: events
-- says: {what}: recorded at {rec}, {limit_at} is the limit.
WITH timed AS (
    SELECT e.seq, e.stream, e.rec, LAG(e.rec) OVER (ORDER BY e.seq) AS before_rec,
           MAX(a.not_before) OVER (ORDER BY e.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS not_before,
           MIN(b.not_after) OVER (ORDER BY e.seq DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS not_after
    FROM events e
    LEFT JOIN outside_times a ON a.seq = e.seq
    LEFT JOIN outside_times b ON b.last_seq = e.seq
)
SELECT 'back ' || CAST(seq AS VARCHAR) AS finding, seq, stream AS aggregate, NULL AS amount, '' AS currency,
       'Recorded before the entry in front of it' AS what, rec, before_rec AS limit_at
FROM timed
WHERE rec < before_rec
UNION ALL
SELECT 'early ' || CAST(seq AS VARCHAR), seq, stream, NULL, '',
       'Recorded before the anchor that it comes after', rec, not_before
FROM timed
WHERE rec < not_before
UNION ALL
SELECT 'late ' || CAST(seq AS VARCHAR), seq, stream, NULL, '',
       'Recorded after a checkpoint was cosigned that already covers it', rec, not_after
FROM timed
WHERE rec > not_after
