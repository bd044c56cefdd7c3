-- title: One deliverable for several orders
-- asks: Is the same report or document the proof of several orders?
-- over: deliveries
-- says: The same document ({name}) proves {orders} orders, claimed at {amount:money}.
WITH shown AS (
    SELECT order_id, seq, report_digest AS digest, 'service_report' AS name FROM deliveries
    UNION ALL
    SELECT order_id, seq, digest, name FROM redemption_evidence WHERE name NOT IN ('contract', 'invoice', 'service_report')
), reused AS (
    SELECT digest, MIN(name) AS name, COUNT(DISTINCT order_id) AS orders
    FROM shown
    WHERE COALESCE(digest, '') <> ''
    GROUP BY digest
    HAVING COUNT(DISTINCT order_id) > 1
), claim AS (
    SELECT order_id, SUM(amount) AS amount, MAX(currency) AS currency
    FROM redemptions
    WHERE event = 'order.RedemptionRequested'
    GROUP BY order_id
), involved AS (
    SELECT DISTINCT r.digest, s.order_id FROM reused r JOIN shown s ON s.digest = r.digest
), worth AS (
    SELECT i.digest, SUM(COALESCE(c.amount, 0)) AS amount, MAX(COALESCE(c.currency, '')) AS currency
    FROM involved i
    LEFT JOIN claim c ON c.order_id = i.order_id
    GROUP BY i.digest
)
SELECT r.digest AS finding, s.seq, 'order/' || s.order_id AS aggregate, w.amount, w.currency, r.name, r.orders
FROM reused r
JOIN worth w ON w.digest = r.digest
JOIN shown s ON s.digest = r.digest
