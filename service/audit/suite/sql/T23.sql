-- title: Payments without a claim
-- asks: Was anything paid without an approved claim, above it, twice, or without having been instructed?
-- over: payments
-- says: {what}{amount:: $}{other:, against $}.
WITH approved AS (
    SELECT redemption_id, MIN(seq) AS seq FROM redemptions WHERE event = 'order.RedemptionApproved' GROUP BY redemption_id
), asked AS (
    SELECT redemption_id, SUM(amount) AS amount FROM redemptions WHERE event = 'order.RedemptionRequested' GROUP BY redemption_id
), paid AS (
    SELECT redemption_id, order_id, MAX(currency) AS currency,
           SUM(CASE event WHEN 'order.Paid' THEN amount ELSE -amount END) AS amount
    FROM payments
    GROUP BY redemption_id, order_id
), instructed AS (
    SELECT instruction_id, MIN(seq) AS seq FROM settlement_lines WHERE event = 'settlement.Instructed' GROUP BY instruction_id
), confirmed AS (
    SELECT seq, settlement_id, instruction_id, redemption_id, bank_reference, currency
    FROM settlement_lines
    WHERE event = 'settlement.Confirmed'
), twice AS (
    SELECT bank_reference, MIN(settlement_id) AS settlement_id
    FROM confirmed
    WHERE COALESCE(bank_reference, '') <> ''
    GROUP BY bank_reference
    HAVING COUNT(DISTINCT settlement_id) > 1
), told AS (
    SELECT instruction_id, MAX(settlement_id) AS settlement_id, COUNT(*) AS times
    FROM confirmed
    GROUP BY instruction_id
    HAVING COUNT(*) > 1
), settled AS (
    SELECT b.bank_account, b.line_id, MAX(b.seq) AS seq FROM bank_lines b
    WHERE b.event IN ('bankline.Matched', 'bankline.Resolved', 'bankline.SetAside')
    GROUP BY b.bank_account, b.line_id
)
SELECT 'orphan ' || CAST(p.seq AS VARCHAR) AS finding, p.seq, 'order/' || p.order_id AS aggregate, p.amount, p.currency,
       'Paid without an approval before it' AS what, NULL AS other
FROM payments p
LEFT JOIN approved a ON a.redemption_id = p.redemption_id
WHERE p.event = 'order.Paid' AND (a.seq IS NULL OR a.seq > p.seq)
UNION ALL
SELECT 'excess ' || q.redemption_id, p.seq, 'order/' || q.order_id, q.amount, q.currency,
       'More is paid than was claimed', COALESCE(a.amount, 0)
FROM paid q
JOIN payments p ON p.redemption_id = q.redemption_id
LEFT JOIN asked a ON a.redemption_id = q.redemption_id
WHERE q.amount > COALESCE(a.amount, 0)
UNION ALL
SELECT 'uninstructed ' || CAST(c.seq AS VARCHAR), c.seq, 'settlement/' || c.settlement_id, NULL, '',
       'Confirmed without having been instructed', NULL
FROM confirmed c
LEFT JOIN instructed i ON i.instruction_id = c.instruction_id
WHERE i.seq IS NULL OR i.seq > c.seq
UNION ALL
SELECT 'instruction ' || t.instruction_id, c.seq, 'settlement/' || t.settlement_id, NULL, '',
       'One instruction was confirmed more than once', NULL
FROM told t
JOIN confirmed c ON c.instruction_id = t.instruction_id
UNION ALL
SELECT 'reference ' || t.bank_reference, c.seq, 'settlement/' || t.settlement_id, NULL, '',
       'One reference of the bank stands in several batches', NULL
FROM twice t
JOIN confirmed c ON c.bank_reference = t.bank_reference
UNION ALL
SELECT 'bank ' || b.bank_account || ' ' || b.line_id, b.seq, 'bankline/' || b.bank_account || '/' || b.line_id, b.amount, b.currency,
       'The bank booked a debit that stands in no book', NULL
FROM bank_lines b
LEFT JOIN settled s ON s.bank_account = b.bank_account AND s.line_id = b.line_id
WHERE b.event = 'bankline.Heard' AND b.direction = 'debit' AND s.seq IS NULL
