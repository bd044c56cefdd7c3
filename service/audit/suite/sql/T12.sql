-- title: Overrides
-- asks: Who let claims pass against signals or holds, how often, and does one person do so far more than others?
-- over: reviews
-- grade: look
-- says: {person} {what} {acts} of {whole} times, together {amount:money}.
WITH act AS (
    SELECT seq, redemption_id, reviewer AS person, 'approved claims in spite of signals' AS what FROM reviews WHERE event = 'review.Overridden'
    UNION ALL
    SELECT seq, redemption_id, officer, 'lifted holds' FROM reviews WHERE event = 'review.HoldLifted'
), whole AS (
    SELECT reviewer AS person, 'approved claims in spite of signals' AS what, COUNT(DISTINCT redemption_id) AS whole
    FROM reviews
    WHERE event IN ('review.Approved', 'review.Rejected', 'review.Overridden')
    GROUP BY reviewer
    UNION ALL
    SELECT person, what, (SELECT COUNT(*) FROM reviews WHERE event = 'review.HoldLifted') FROM act WHERE what = 'lifted holds' GROUP BY person, what
), claim AS (
    SELECT redemption_id, MAX(amount) AS amount, MAX(currency) AS currency
    FROM redemptions
    WHERE event = 'order.RedemptionRequested'
    GROUP BY redemption_id
), counted AS (
    SELECT a.person, a.what, w.whole, COUNT(*) AS acts, SUM(c.amount) AS amount, MAX(c.currency) AS currency
    FROM act a
    JOIN whole w ON w.person = a.person AND w.what = a.what
    LEFT JOIN claim c ON c.redemption_id = a.redemption_id
    GROUP BY a.person, a.what, w.whole
    HAVING COUNT(*) >= :override_least AND COUNT(*) * 100 >= w.whole * :override_percent
)
SELECT c.person || ' ' || c.what AS finding, a.seq, c.person AS aggregate, c.amount, c.currency, c.person, c.what, c.acts, c.whole
FROM counted c
JOIN act a ON a.person = c.person AND a.what = c.what
