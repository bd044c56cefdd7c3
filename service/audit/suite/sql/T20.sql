-- title: Decisions that the recorded facts do not give
-- asks: Does every recorded decision follow from its own recorded facts and policy, decided again?
-- over: decisions
-- needs: replay_findings
-- says: {sentence}
SELECT CAST(f.number AS VARCHAR) AS finding, f.seq, e.stream AS aggregate, d.amount, COALESCE(d.currency, '') AS currency, f.sentence
FROM replay_findings f
JOIN events e ON e.seq = f.seq
LEFT JOIN (SELECT seq, MAX(amount) AS amount, MAX(currency) AS currency FROM decisions GROUP BY seq) d ON d.seq = f.seq
WHERE f.level = 1
