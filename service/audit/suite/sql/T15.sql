-- title: Concentration
-- asks: Does most of a programme's money go to a few providers?
-- over: orders
-- grade: look
-- says: {provider_id} has {share:percent} of what {programme} subsidises ({orders} orders, {amount:money}); the Herfindahl index is {herfindahl} of 10,000.
WITH provider AS (
    SELECT programme, currency, provider_id, COUNT(*) AS orders, SUM(subsidy) AS amount
    FROM orders
    GROUP BY programme, currency, provider_id
), programme AS (
    SELECT programme, currency, SUM(orders) AS orders, SUM(amount) AS amount, COUNT(*) AS providers
    FROM provider
    GROUP BY programme, currency
    HAVING SUM(orders) >= :concentration_least AND SUM(amount) > 0
), part AS (
    SELECT p.programme, p.currency, p.provider_id, p.orders, p.amount, p.amount * 10000 / t.amount AS share
    FROM provider p
    JOIN programme t ON t.programme = p.programme AND t.currency = p.currency
), spread AS (
    SELECT programme, currency, SUM(share * share) / 10000 AS hhi FROM part GROUP BY programme, currency
)
SELECT p.programme || ' ' || p.provider_id AS finding, o.seq, 'provider/' || p.provider_id AS aggregate, p.amount, p.currency,
       p.provider_id, p.share, p.programme, p.orders, s.hhi AS herfindahl
FROM part p
JOIN spread s ON s.programme = p.programme AND s.currency = p.currency
JOIN orders o ON o.programme = p.programme AND o.provider_id = p.provider_id AND o.currency = p.currency
WHERE p.share >= :concentration_bp
