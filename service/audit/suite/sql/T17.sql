-- title: Round amounts
-- asks: Does a provider invoice in round amounts where others do not?
-- over: invoices
-- grade: look
-- says: {multiples} of {invoices} invoices of {provider_id} are whole multiples of {unit:money}, together {amount:money}; of all others {others:percent} are.
WITH filed AS (
    SELECT seq, invoice, provider_id, gross, currency,
           CASE WHEN gross > 0 AND gross % :round_unit = 0 THEN 1 ELSE 0 END AS is_round
    FROM invoices
    WHERE event IN ('invoice.Filed', 'invoice.PartFiled')
), provider AS (
    SELECT provider_id, currency, COUNT(*) AS invoices, SUM(is_round) AS round_ones,
           SUM(CASE is_round WHEN 1 THEN gross ELSE 0 END) AS amount
    FROM filed
    GROUP BY provider_id, currency
), everybody AS (
    SELECT currency, SUM(invoices) AS invoices, SUM(round_ones) AS round_ones FROM provider GROUP BY currency
), odd AS (
    SELECT p.provider_id, p.currency, p.invoices, p.round_ones, p.amount,
           CASE WHEN e.invoices > p.invoices THEN (e.round_ones - p.round_ones) * 10000 / (e.invoices - p.invoices) ELSE 0 END AS others
    FROM provider p
    JOIN everybody e ON e.currency = p.currency
    WHERE p.round_ones >= :round_least AND p.round_ones * 100 >= p.invoices * :round_percent
)
SELECT o.provider_id || ' ' || o.currency AS finding, f.seq, 'provider/' || o.provider_id AS aggregate, o.amount, o.currency,
       o.provider_id, o.round_ones AS multiples, o.invoices, :round_unit AS unit, o.others
FROM odd o
JOIN filed f ON f.provider_id = o.provider_id AND f.currency = o.currency AND f.is_round = 1
WHERE o.others * 2 < :round_percent * 100
