-- title: Facts that the log does not give
-- asks: Are the facts of every decision those that the log before it states?
-- over: decisions
-- needs: replay_findings
-- says: {sentence}
SELECT CAST(f.number AS VARCHAR) AS finding, f.seq, e.stream AS aggregate, d.amount, COALESCE(d.currency, '') AS currency, f.sentence
FROM replay_findings f
JOIN events e ON e.seq = f.seq
LEFT JOIN (SELECT seq, MAX(amount) AS amount, MAX(currency) AS currency FROM decisions GROUP BY seq) d ON d.seq = f.seq
WHERE f.level = 2
