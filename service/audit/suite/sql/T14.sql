-- title: Checks in seconds
-- asks: Did reviewers decide faster than anybody can read?
-- over: reviews
-- grade: look
-- says: {person} decided {decided} claims within :review_seconds seconds of their assignment, together {amount:money}.
WITH assigned AS (
    SELECT r.redemption_id, r.rec, r.amount, r.currency,
           d.number * 86400 + CAST(SUBSTR(r.rec, 12, 2) AS INTEGER) * 3600 + CAST(SUBSTR(r.rec, 15, 2) AS INTEGER) * 60
           + CAST(SUBSTR(r.rec, 18, 2) AS INTEGER) AS second
    FROM reviews r
    JOIN calendar d ON d.day = SUBSTR(r.rec, 1, 10)
    WHERE r.event = 'review.Assigned'
), decided AS (
    SELECT r.seq, r.redemption_id, r.reviewer,
           d.number * 86400 + CAST(SUBSTR(r.rec, 12, 2) AS INTEGER) * 3600 + CAST(SUBSTR(r.rec, 15, 2) AS INTEGER) * 60
           + CAST(SUBSTR(r.rec, 18, 2) AS INTEGER) AS second
    FROM reviews r
    JOIN calendar d ON d.day = SUBSTR(r.rec, 1, 10)
    WHERE r.event IN ('review.Approved', 'review.Rejected')
), fast AS (
    SELECT d.seq, d.redemption_id, d.reviewer, a.amount, a.currency
    FROM decided d
    JOIN assigned a ON a.redemption_id = d.redemption_id
    WHERE d.second - a.second BETWEEN 0 AND :review_seconds - 1
), counted AS (
    SELECT reviewer, currency, COUNT(*) AS decided, SUM(amount) AS amount FROM fast GROUP BY reviewer, currency
)
SELECT c.reviewer || ' ' || c.currency AS finding, f.seq, 'review/' || f.redemption_id AS aggregate, c.amount, c.currency,
       c.reviewer AS person, c.decided
FROM counted c
JOIN fast f ON f.reviewer = c.reviewer AND f.currency = c.currency
