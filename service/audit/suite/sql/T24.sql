-- title: Circular money
-- asks: Does money come back to where it was paid from: own shares refunded, firms that serve one another?
-- over: orders
-- says: {what}: {firms}, {amount:money}.
WITH flow AS (
    SELECT enterprise_id, provider_id, MAX(currency) AS currency, SUM(gross) AS amount
    FROM orders
    GROUP BY enterprise_id, provider_id
), mutual AS (
    SELECT a.enterprise_id AS one, a.provider_id AS two, a.currency, a.amount + b.amount AS amount
    FROM flow a
    JOIN flow b ON b.enterprise_id = a.provider_id AND b.provider_id = a.enterprise_id
    WHERE a.enterprise_id < a.provider_id
), ring AS (
    SELECT a.enterprise_id AS one, b.enterprise_id AS two, c.enterprise_id AS three, a.currency, a.amount + b.amount + c.amount AS amount
    FROM flow a
    JOIN flow b ON b.enterprise_id = a.provider_id
    JOIN flow c ON c.enterprise_id = b.provider_id AND c.provider_id = a.enterprise_id
    WHERE a.enterprise_id < b.enterprise_id AND a.enterprise_id < c.enterprise_id AND b.enterprise_id <> c.enterprise_id
), part AS (
    SELECT 'Two firms serve one another' AS what, one || ' and ' || two AS firms, currency, amount, one AS payer, two AS server FROM mutual
    UNION ALL
    SELECT 'Two firms serve one another', one || ' and ' || two, currency, amount, two, one FROM mutual
    UNION ALL
    SELECT 'Three firms serve one another in a ring', one || ', ' || two || ' and ' || three, currency, amount, one, two FROM ring
    UNION ALL
    SELECT 'Three firms serve one another in a ring', one || ', ' || two || ' and ' || three, currency, amount, two, three FROM ring
    UNION ALL
    SELECT 'Three firms serve one another in a ring', one || ', ' || two || ' and ' || three, currency, amount, three, one FROM ring
), refunded AS (
    SELECT order_id, MAX(seq) AS seq, MAX(currency) AS currency, SUM(amount) AS amount
    FROM order_steps
    WHERE event = 'order.OwnShareRefunded'
    GROUP BY order_id
)
SELECT p.what || ' ' || p.firms AS finding, o.seq, 'pair/' || p.payer || ':' || p.server AS aggregate, p.amount, p.currency, p.what, p.firms
FROM part p
JOIN orders o ON o.enterprise_id = p.payer AND o.provider_id = p.server
UNION ALL
SELECT 'refund ' || r.order_id, r.seq, 'order/' || r.order_id, r.amount, r.currency,
       'The own share was paid back to the enterprise', o.enterprise_id || ' and ' || o.provider_id
FROM refunded r
JOIN orders o ON o.order_id = r.order_id
