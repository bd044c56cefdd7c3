-- title: Double funding
-- asks: Is one contract paid for more than once: by several enterprises, beyond its price, or beside another body's aid?
-- over: orders
-- says: {what}: {orders} orders with one contract, together {amount:money} of {other:money}.
WITH ended AS (
    SELECT DISTINCT order_id FROM order_steps WHERE event IN ('order.Cancelled', 'order.Lapsed')
), held AS (
    SELECT order_id, SUM(CASE event WHEN 'voucher.Reserved' THEN amount WHEN 'voucher.Released' THEN -amount
                                    WHEN 'voucher.ClawedBack' THEN -amount ELSE 0 END) AS amount
    FROM movements
    WHERE event IN ('voucher.Reserved', 'voucher.Released', 'voucher.ClawedBack')
    GROUP BY order_id
), live AS (
    SELECT o.seq, o.order_id, o.enterprise_id, o.programme, o.currency, o.gross, o.contract_digest, h.amount
    FROM orders o
    JOIN held h ON h.order_id = o.order_id AND h.amount > 0
    LEFT JOIN ended e ON e.order_id = o.order_id
    WHERE e.order_id IS NULL
), contract AS (
    SELECT contract_digest, currency, COUNT(*) AS orders, COUNT(DISTINCT enterprise_id) AS enterprises,
           SUM(amount) AS amount, MAX(gross) AS gross
    FROM live
    GROUP BY contract_digest, currency
    HAVING COUNT(*) > 1
)
SELECT 'enterprises ' || c.contract_digest AS finding, l.seq, 'contract/' || c.contract_digest AS aggregate, c.amount, c.currency,
       'One contract stands behind orders of several enterprises' AS what, c.orders, c.gross AS other
FROM contract c
JOIN live l ON l.contract_digest = c.contract_digest AND l.currency = c.currency
WHERE c.enterprises > 1
UNION ALL
SELECT 'price ' || c.contract_digest, l.seq, 'contract/' || c.contract_digest, c.amount, c.currency,
       'The subsidies for one contract are above its price', c.orders, c.gross
FROM contract c
JOIN live l ON l.contract_digest = c.contract_digest AND l.currency = c.currency
WHERE c.amount > c.gross AND c.enterprises = 1
UNION ALL
SELECT 'aid ' || l.order_id, a.seq, 'order/' || l.order_id, a.amount, l.currency,
       'Another body declared aid for the same contract', 1, l.gross
FROM live l
JOIN aid a ON a.event = 'aid.OtherAidDeclared' AND a.digest = l.contract_digest
UNION ALL
SELECT 'aid ' || l.order_id, l.seq, 'order/' || l.order_id, a.amount, l.currency,
       'Another body declared aid for the same contract', 1, l.gross
FROM live l
JOIN aid a ON a.event = 'aid.OtherAidDeclared' AND a.digest = l.contract_digest
