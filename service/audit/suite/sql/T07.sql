-- title: Related parties
-- asks: Is the enterprise of an order tied to its provider: by a link on record, one controller, or one account?
-- over: orders
-- says: {what}: {enterprise_id} and {provider_id} ({through}).
WITH link AS (
    SELECT l.seq, l.party, l.other, l.kind, l.from_on,
           COALESCE((SELECT MIN(e.until_on) FROM links e
                     WHERE e.event = 'link.LinkEnded' AND e.party = l.party AND e.other = l.other AND e.kind = l.kind AND e.seq > l.seq),
                    CASE WHEN COALESCE(l.until_on, '') = '' THEN '9999-12-31' ELSE l.until_on END) AS until_on
    FROM links l
    WHERE l.event = 'link.LinkRecorded'
), linked AS (
    SELECT DISTINCT o.seq, o.order_id, o.enterprise_id, o.provider_id, o.currency, o.subsidy, k.kind, k.seq AS link_seq,
           CASE WHEN k.seq < o.seq THEN 'A link on record held on the day of the order'
                ELSE 'A link that became known later held on the day of the order' END AS what
    FROM orders o
    JOIN link k ON (k.party = o.enterprise_id AND k.other = o.provider_id) OR (k.party = o.provider_id AND k.other = o.enterprise_id)
    WHERE k.from_on <= o.registered_on AND k.until_on >= o.registered_on
), steered AS (
    SELECT DISTINCT o.seq, o.order_id, o.enterprise_id, o.provider_id, o.currency, o.subsidy, e.controller
    FROM orders o
    JOIN enterprises e ON e.enterprise_id = o.enterprise_id AND COALESCE(e.controller, '') <> ''
    JOIN providers p ON p.provider_id = o.provider_id AND p.controller = e.controller
), account AS (
    SELECT payee_id, account_ref, MIN(seq) AS seq
    FROM (SELECT payee_id, account_ref, seq FROM settlement_lines WHERE event = 'settlement.LineAdded'
          UNION ALL
          SELECT payee_id, account_ref, seq FROM accounts
          WHERE event IN ('provider.AccountSet', 'provider.SiteAccountSet', 'account.Approved')) stated
    WHERE COALESCE(account_ref, '') <> ''
    GROUP BY payee_id, account_ref
), shared AS (
    SELECT a.account_ref, a.payee_id, b.payee_id AS other, a.seq AS one_seq, b.seq AS other_seq
    FROM account a
    JOIN account b ON b.account_ref = a.account_ref AND b.payee_id > a.payee_id
)
SELECT 'link ' || order_id || ' ' || what AS finding, seq, 'order/' || order_id AS aggregate, subsidy AS amount, currency,
       what, enterprise_id, provider_id, kind AS through
FROM linked
UNION ALL
SELECT 'link ' || order_id || ' ' || what, link_seq, 'order/' || order_id, subsidy, currency,
       what, enterprise_id, provider_id, kind
FROM linked
UNION ALL
SELECT 'controller ' || order_id, seq, 'order/' || order_id, subsidy, currency,
       'Both stand under one controller', enterprise_id, provider_id, controller
FROM steered
UNION ALL
SELECT 'account ' || account_ref || ' ' || other, one_seq, 'account/' || payee_id, NULL, '',
       'Two parties are paid on one account', payee_id, other, account_ref
FROM shared
UNION ALL
SELECT 'account ' || account_ref || ' ' || other, other_seq, 'account/' || payee_id, NULL, '',
       'Two parties are paid on one account', payee_id, other, account_ref
FROM shared
