-- title: Orders split below a threshold
-- asks: Do orders of one enterprise with one provider stay below a threshold one by one, and reach it together?
-- over: orders
-- says: {orders} orders of {enterprise_id} with {provider_id} within {days} days, each below {threshold:money} ({name}), together reach {amount:money}.
WITH live AS (
    SELECT o.order_id, o.seq, o.enterprise_id, o.provider_id, o.programme, o.policy_digest, o.category, o.currency,
           o.gross, o.subsidy, d.number AS day
    FROM orders o
    JOIN calendar d ON d.day = o.registered_on
    WHERE NOT EXISTS (SELECT 1 FROM order_steps s WHERE s.order_id = o.order_id AND s.event IN ('order.Cancelled', 'order.Lapsed'))
), measured AS (
    SELECT l.order_id, l.seq, l.enterprise_id, l.provider_id, l.programme, l.currency, l.day, t.name, t.amount AS threshold,
           CASE t.measure WHEN 'gross' THEN l.gross ELSE l.subsidy END AS amount
    FROM live l
    JOIN thresholds t ON t.programme = l.programme AND t.policy_digest = l.policy_digest
                     AND (t.category = '' OR t.category = l.category)
    WHERE CASE t.measure WHEN 'gross' THEN l.gross ELSE l.subsidy END < t.amount
), summed AS (
    SELECT order_id, seq, enterprise_id, provider_id, programme, currency, day, name, threshold, amount,
           SUM(amount) OVER (PARTITION BY enterprise_id, provider_id, programme, name, threshold ORDER BY day
                             RANGE BETWEEN :split_days PRECEDING AND CURRENT ROW) AS together
    FROM measured
), reached AS (
    SELECT enterprise_id, provider_id, programme, name, threshold, day, MAX(together) AS together
    FROM summed
    WHERE together >= threshold
    GROUP BY enterprise_id, provider_id, programme, name, threshold, day
), member AS (
    SELECT m.order_id, m.seq, m.enterprise_id, m.provider_id, m.programme, m.name, m.threshold, m.currency, m.amount,
           MAX(r.together) AS together
    FROM measured m
    JOIN reached r ON r.enterprise_id = m.enterprise_id AND r.provider_id = m.provider_id AND r.programme = m.programme
                  AND r.name = m.name AND r.threshold = m.threshold AND m.day BETWEEN r.day - :split_days AND r.day
    GROUP BY m.order_id, m.seq, m.enterprise_id, m.provider_id, m.programme, m.name, m.threshold, m.currency, m.amount
), grouped AS (
    SELECT enterprise_id, provider_id, programme, name, threshold, COUNT(*) AS orders, MAX(together) AS together
    FROM member
    GROUP BY enterprise_id, provider_id, programme, name, threshold
)
SELECT g.programme || ' ' || g.enterprise_id || ' ' || g.provider_id || ' ' || g.name AS finding, m.seq,
       'pair/' || g.enterprise_id || ':' || g.provider_id AS aggregate, g.together AS amount, m.currency,
       g.enterprise_id, g.provider_id, g.orders, g.name, g.threshold, :split_days AS days
FROM grouped g
JOIN member m ON m.enterprise_id = g.enterprise_id AND m.provider_id = g.provider_id AND m.programme = g.programme
             AND m.name = g.name AND m.threshold = g.threshold
