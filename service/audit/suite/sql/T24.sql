-- title: Circular money
-- asks: Does money come back to where it was paid from: own shares refunded, firms that serve one another?
-- over: orders
-- says: {what}: {enterprise_id} and {provider_id}, {amount:money}.
WITH flow AS (
    SELECT enterprise_id, provider_id, MAX(currency) AS currency, MIN(seq) AS seq, SUM(gross) AS amount
    FROM orders
    GROUP BY enterprise_id, provider_id
), refunded AS (
    SELECT s.order_id, MAX(s.seq) AS seq, MAX(s.currency) AS currency, SUM(s.amount) AS amount
    FROM order_steps s
    WHERE s.event = 'order.OwnShareRefunded'
    GROUP BY s.order_id
)
SELECT 'mutual ' || a.enterprise_id || ' ' || a.provider_id AS finding, o.seq, 'pair/' || a.enterprise_id || ':' || a.provider_id AS aggregate,
       a.amount + b.amount AS amount, a.currency, 'Two firms serve one another' AS what, a.enterprise_id, a.provider_id
FROM flow a
JOIN flow b ON b.enterprise_id = a.provider_id AND b.provider_id = a.enterprise_id AND a.enterprise_id < a.provider_id
JOIN orders o ON (o.enterprise_id = a.enterprise_id AND o.provider_id = a.provider_id)
              OR (o.enterprise_id = b.enterprise_id AND o.provider_id = b.provider_id)
UNION ALL
SELECT 'ring ' || a.enterprise_id || ' ' || b.enterprise_id || ' ' || c.enterprise_id, o.seq,
       'pair/' || a.enterprise_id || ':' || a.provider_id, a.amount + b.amount + c.amount, a.currency,
       'Three firms serve one another in a ring', a.enterprise_id, a.provider_id
FROM flow a
JOIN flow b ON b.enterprise_id = a.provider_id
JOIN flow c ON c.enterprise_id = b.provider_id AND c.provider_id = a.enterprise_id
JOIN orders o ON (o.enterprise_id = a.enterprise_id AND o.provider_id = a.provider_id)
              OR (o.enterprise_id = b.enterprise_id AND o.provider_id = b.provider_id)
              OR (o.enterprise_id = c.enterprise_id AND o.provider_id = c.provider_id)
WHERE a.enterprise_id < b.enterprise_id AND a.enterprise_id < c.enterprise_id AND b.enterprise_id <> c.enterprise_id
UNION ALL
SELECT 'refund ' || r.order_id, r.seq, 'order/' || r.order_id, r.amount, r.currency,
       'The own share was paid back to the enterprise', o.enterprise_id, o.provider_id
FROM refunded r
JOIN orders o ON o.order_id = r.order_id
