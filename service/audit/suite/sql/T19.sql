-- title: Consecutive invoice numbers
-- asks: Did a provider write invoices in an unbroken row over weeks, as if it had no other customer?
-- over: invoices
-- grade: look
-- says: {invoices} invoices of {provider_id} in an unbroken row over {days} days, all of them subsidised: {amount:money}.
WITH filed AS (
    SELECT i.provider_id, n.series, n.number, MIN(i.seq) AS seq, MIN(i.issued_on) AS issued_on, MAX(i.gross) AS gross, MAX(i.currency) AS currency
    FROM invoices i
    JOIN invoice_numbers n ON n.invoice = i.invoice
    WHERE i.event IN ('invoice.Filed', 'invoice.PartFiled')
    GROUP BY i.provider_id, n.series, n.number
), placed AS (
    SELECT provider_id, series, number, seq, issued_on, gross, currency,
           number - ROW_NUMBER() OVER (PARTITION BY provider_id, series ORDER BY number) AS island
    FROM filed
), spanned AS (
    SELECT provider_id, series, island, COUNT(*) AS invoices, MIN(issued_on) AS first_on, MAX(issued_on) AS last_on,
           SUM(gross) AS amount, MAX(currency) AS currency
    FROM placed
    GROUP BY provider_id, series, island
    HAVING COUNT(*) >= :consecutive_least
)
SELECT s.provider_id || ' ' || s.series || ' ' || CAST(s.island AS VARCHAR) AS finding, p.seq, 'provider/' || s.provider_id AS aggregate,
       s.amount, s.currency, s.provider_id, s.invoices, b.number - a.number AS days
FROM spanned s
JOIN calendar a ON a.day = s.first_on
JOIN calendar b ON b.day = s.last_on
JOIN placed p ON p.provider_id = s.provider_id AND p.series = s.series AND p.island = s.island
WHERE b.number - a.number >= :consecutive_days
