-- title: Leading digits (Benford)
-- asks: How do the leading digits of invoices lie beside Benford's law? A picture, never a score: ceilings alone bend it.
-- over: invoices
-- grade: shown
-- says: {digits} of {invoices} invoices in {currency} begin with {digit}: {share:percent}, where Benford's law has {expected:percent}. {caution}
WITH filed AS (
    SELECT currency, gross, CAST(SUBSTR(CAST(gross AS VARCHAR), 1, 1) AS INTEGER) AS digit
    FROM invoices
    WHERE event IN ('invoice.Filed', 'invoice.PartFiled') AND gross > 0
), law AS (
    SELECT 1 AS digit, 3010 AS expected UNION ALL SELECT 2, 1761 UNION ALL SELECT 3, 1249 UNION ALL SELECT 4, 969
    UNION ALL SELECT 5, 792 UNION ALL SELECT 6, 669 UNION ALL SELECT 7, 580 UNION ALL SELECT 8, 512 UNION ALL SELECT 9, 458
), whole AS (
    SELECT currency, COUNT(*) AS invoices, MIN(gross) AS least, MAX(gross) AS most FROM filed GROUP BY currency
), counted AS (
    SELECT currency, digit, COUNT(*) AS digits, SUM(gross) AS amount FROM filed GROUP BY currency, digit
)
SELECT w.currency || ' ' || CAST(l.digit AS VARCHAR) AS finding, -1 AS seq, 'invoices' AS aggregate,
       COALESCE(c.amount, 0) AS amount, w.currency, COALESCE(c.digits, 0) AS digits, w.invoices, l.digit,
       COALESCE(c.digits, 0) * 10000 / w.invoices AS share, l.expected,
       CASE WHEN w.invoices < :benford_least THEN 'Too few invoices to read anything from it.'
            WHEN w.most < w.least * 100 THEN 'The sums span too little for the law to hold.'
            ELSE 'Ceilings and usual prices alone move such shares.' END AS caution
FROM whole w
CROSS JOIN law l
LEFT JOIN counted c ON c.currency = w.currency AND c.digit = l.digit
