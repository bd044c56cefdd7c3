-- title: New providers
-- asks: Did a provider that joined while the programme ran have its first invoice within days?
-- over: providers
-- grade: look
-- says: {provider_id} joined on {joined_on} and invoiced {amount:money} on {issued_on}, {days} days later.
WITH begun AS (
    SELECT MIN(registered_on) AS day FROM orders
), joined AS (
    SELECT p.provider_id, MIN(p.seq) AS seq, MIN(p.eff) AS joined_on FROM providers p WHERE p.event = 'provider.Admitted' GROUP BY p.provider_id
), ranked AS (
    SELECT provider_id, seq, issued_on, gross, currency, invoice,
           ROW_NUMBER() OVER (PARTITION BY provider_id ORDER BY issued_on, seq) AS place
    FROM invoices
    WHERE event IN ('invoice.Filed', 'invoice.PartFiled')
), early AS (
    SELECT j.provider_id, j.seq AS joined_seq, j.joined_on, r.seq, r.issued_on, r.gross, r.currency, b.number - a.number AS days
    FROM joined j
    JOIN begun g ON j.joined_on > g.day
    JOIN ranked r ON r.provider_id = j.provider_id AND r.place = 1
    JOIN calendar a ON a.day = j.joined_on
    JOIN calendar b ON b.day = r.issued_on
    WHERE b.number - a.number < :new_provider_days
)
SELECT provider_id AS finding, joined_seq AS seq, 'provider/' || provider_id AS aggregate, gross AS amount, currency,
       provider_id, joined_on, issued_on, days
FROM early
UNION ALL
SELECT provider_id, seq, 'provider/' || provider_id, gross, currency, provider_id, joined_on, issued_on, days
FROM early
