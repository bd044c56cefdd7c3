-- title: Control totals
-- asks: Does everything add up: the places of vouchers, the pools of budgets, claims and payments in both books?
-- over: movements
-- says: {what}: {amount:money} against {other:money}.
WITH step AS (
    SELECT voucher_id, seq, currency, from_place AS place, -amount AS amount FROM movements WHERE from_place <> ''
    UNION ALL
    SELECT voucher_id, seq, currency, to_place, amount FROM movements
), place AS (
    SELECT voucher_id, place, MAX(currency) AS currency, MAX(seq) AS seq, SUM(amount) AS amount
    FROM step
    GROUP BY voucher_id, place
), face AS (
    SELECT voucher_id, COUNT(*) AS issues, MIN(seq) AS seq, SUM(face) AS face, MAX(currency) AS currency
    FROM vouchers
    GROUP BY voucher_id
), pool AS (
    SELECT programme, period, pool, currency, MAX(seq) AS seq,
           SUM(CASE event WHEN 'budget.Appropriated' THEN amount WHEN 'budget.TransferredIn' THEN amount
                          WHEN 'budget.Cut' THEN -amount WHEN 'budget.TransferredOut' THEN -amount ELSE 0 END) AS appropriated,
           SUM(CASE event WHEN 'budget.Committed' THEN amount WHEN 'budget.Freed' THEN -amount ELSE 0 END) AS committed
    FROM budgets
    GROUP BY programme, period, pool, currency
), held AS (
    SELECT order_id, MAX(seq) AS seq, MAX(currency) AS currency,
           SUM(CASE event WHEN 'voucher.Reserved' THEN amount ELSE -amount END) AS amount
    FROM movements
    WHERE event IN ('voucher.Reserved', 'voucher.Released')
    GROUP BY order_id
), committed AS (
    SELECT order_id, MAX(seq) AS seq, SUM(CASE event WHEN 'budget.Committed' THEN amount ELSE -amount END) AS amount
    FROM budgets
    WHERE event IN ('budget.Committed', 'budget.Freed')
    GROUP BY order_id
), claim AS (
    SELECT redemption_id, MAX(order_id) AS order_id, MAX(seq) AS seq, MAX(currency) AS currency,
           SUM(CASE event WHEN 'voucher.Claimed' THEN amount ELSE 0 END) AS claimed,
           SUM(CASE event WHEN 'voucher.Paid' THEN amount WHEN 'voucher.PaymentReturned' THEN -amount ELSE 0 END) AS paid,
           SUM(CASE event WHEN 'voucher.ClawedBack' THEN amount ELSE 0 END) AS clawed_back
    FROM movements
    WHERE event IN ('voucher.Claimed', 'voucher.Paid', 'voucher.PaymentReturned', 'voucher.ClawedBack')
    GROUP BY redemption_id
), asked AS (
    SELECT redemption_id, SUM(amount) AS amount
    FROM redemptions
    WHERE event = 'order.RedemptionRequested'
    GROUP BY redemption_id
), paid AS (
    SELECT redemption_id, MAX(seq) AS seq, SUM(CASE event WHEN 'order.Paid' THEN amount ELSE -amount END) AS amount
    FROM payments
    GROUP BY redemption_id
), demanded AS (
    SELECT redemption_id, SUM(amount) AS amount
    FROM clawbacks
    WHERE event = 'order.ClawbackOrdered'
    GROUP BY redemption_id
)
SELECT 'place ' || voucher_id || ' ' || place AS finding, seq, 'voucher/' || voucher_id AS aggregate, amount, currency,
       'A place of the voucher holds less than nothing (' || place || ')' AS what, 0 AS other
FROM place
WHERE amount < 0
UNION ALL
SELECT 'face ' || f.voucher_id, f.seq, 'voucher/' || f.voucher_id, SUM(p.amount), f.currency,
       'The places of the voucher do not add up to its face', f.face
FROM face f
JOIN place p ON p.voucher_id = f.voucher_id
GROUP BY f.voucher_id, f.seq, f.currency, f.face, f.issues
HAVING SUM(p.amount) <> f.face OR f.issues <> 1
UNION ALL
SELECT 'unissued ' || p.voucher_id, MIN(p.seq), 'voucher/' || p.voucher_id, SUM(p.amount), MAX(p.currency),
       'Value moves on a voucher that was never issued', 0
FROM place p
LEFT JOIN face f ON f.voucher_id = p.voucher_id
WHERE f.voucher_id IS NULL
GROUP BY p.voucher_id
UNION ALL
SELECT 'appropriated ' || p.programme || ' ' || p.period || ' ' || p.pool, p.seq,
       'budget/' || p.programme || '/' || p.period || '/' || p.pool, p.appropriated, p.currency,
       'The acts of the pool do not add up to what it says is appropriated', b.appropriated
FROM pool p
JOIN budgets b ON b.seq = p.seq
WHERE b.appropriated <> p.appropriated
UNION ALL
SELECT 'committed ' || p.programme || ' ' || p.period || ' ' || p.pool, p.seq,
       'budget/' || p.programme || '/' || p.period || '/' || p.pool, p.committed, p.currency,
       'The orders of the pool do not add up to what it says is committed', b.committed
FROM pool p
JOIN budgets b ON b.seq = p.seq
WHERE b.committed <> p.committed
UNION ALL
SELECT 'overdrawn ' || p.programme || ' ' || p.period || ' ' || p.pool, p.seq,
       'budget/' || p.programme || '/' || p.period || '/' || p.pool, p.committed, p.currency,
       'More is committed than was appropriated', p.appropriated
FROM pool p
WHERE p.committed > p.appropriated
UNION ALL
SELECT 'held ' || h.order_id, h.seq, 'order/' || h.order_id, h.amount, h.currency,
       'The vouchers and the budget hold different sums for the order', COALESCE(c.amount, 0)
FROM held h
LEFT JOIN committed c ON c.order_id = h.order_id
WHERE h.amount <> COALESCE(c.amount, 0)
UNION ALL
SELECT 'claimed ' || c.redemption_id, c.seq, 'order/' || c.order_id, c.claimed, c.currency,
       'The vouchers and the order say different sums of the claim', COALESCE(a.amount, 0)
FROM claim c
LEFT JOIN asked a ON a.redemption_id = c.redemption_id
WHERE c.claimed <> COALESCE(a.amount, 0)
UNION ALL
SELECT 'paid ' || c.redemption_id, c.seq, 'order/' || c.order_id, c.paid, c.currency,
       'The vouchers and the order say different sums paid', COALESCE(p.amount, 0)
FROM claim c
LEFT JOIN paid p ON p.redemption_id = c.redemption_id
WHERE c.paid <> COALESCE(p.amount, 0)
UNION ALL
SELECT 'demanded ' || c.redemption_id, c.seq, 'order/' || c.order_id, c.clawed_back, c.currency,
       'The vouchers and the order say different sums demanded back', COALESCE(d.amount, 0)
FROM claim c
LEFT JOIN demanded d ON d.redemption_id = c.redemption_id
WHERE c.clawed_back <> COALESCE(d.amount, 0)
