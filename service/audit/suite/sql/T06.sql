-- title: Bunching below a threshold
-- asks: Do many more orders lie just below a threshold of the policy in force than just above it?
-- over: orders
-- says: {below} orders between 95 % and 100 % of {threshold:money} ({name}, policy {policy_version}), and {above} between 100 % and 105 %.
WITH measured AS (
    SELECT o.seq, o.order_id, o.programme, o.policy_version, o.currency, t.name, t.amount AS threshold,
           CASE t.measure WHEN 'gross' THEN o.gross ELSE o.subsidy END AS amount
    FROM orders o
    JOIN thresholds t ON t.programme = o.programme AND t.policy_digest = o.policy_digest
                     AND (t.category = '' OR t.category = o.category)
    WHERE t.hard = 0
), sided AS (
    SELECT seq, order_id, programme, policy_version, currency, name, threshold, amount,
           CASE WHEN amount * 100 >= threshold * 95 AND amount < threshold THEN 1 ELSE 0 END AS below,
           CASE WHEN amount >= threshold AND amount * 100 < threshold * 105 THEN 1 ELSE 0 END AS above
    FROM measured
), counted AS (
    SELECT programme, policy_version, name, threshold, SUM(below) AS below, SUM(above) AS above,
           SUM(CASE WHEN below = 1 THEN amount ELSE 0 END) AS amount
    FROM sided
    GROUP BY programme, policy_version, name, threshold
    HAVING SUM(below) >= :bunching_least AND SUM(below) * 100 > SUM(above) * :bunching_percent
)
SELECT c.programme || ' ' || c.policy_version || ' ' || c.name AS finding, s.seq, 'programme/' || c.programme AS aggregate,
       c.amount, s.currency, c.below, c.above, c.threshold, c.name, c.policy_version
FROM counted c
JOIN sided s ON s.programme = c.programme AND s.policy_version = c.policy_version AND s.name = c.name
            AND s.threshold = c.threshold AND s.below = 1
