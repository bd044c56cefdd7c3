-- title: Policies in time
-- asks: Was every policy adopted before its first day, and on record before anybody decided under it?
-- over: policies
-- says: {what}: {programme} {version}, effective on {effective_on}, recorded on {recorded_on}.
WITH adopted AS (
    SELECT seq, programme, version, digest, effective_on, SUBSTR(rec, 1, 10) AS recorded_on
    FROM policies
    WHERE event = 'programme.PolicyAdopted'
), first_time AS (
    SELECT programme, digest, MIN(seq) AS seq, MIN(effective_on) AS effective_on, MIN(recorded_on) AS recorded_on
    FROM adopted
    GROUP BY programme, digest
), announced AS (
    SELECT programme, MIN(SUBSTR(rec, 1, 10)) AS announced_on FROM programmes WHERE event = 'programme.Announced' GROUP BY programme
), decided AS (
    SELECT seq, order_id AS subject, 'order/' || order_id AS aggregate, programme, policy_version, policy_digest, currency, subsidy AS amount
    FROM orders
    UNION ALL
    SELECT seq, enterprise_id, 'entitlement/' || programme || '/' || period || '/' || enterprise_id, programme, policy_version,
           policy_digest, '', NULL
    FROM entitlements
    WHERE COALESCE(policy_digest, '') <> ''
)
SELECT 'late ' || a.programme || ' ' || a.version AS finding, a.seq, 'programme/' || a.programme AS aggregate,
       NULL AS amount, '' AS currency, 'The policy was adopted after its first day' AS what,
       a.programme, a.version, a.effective_on, a.recorded_on
FROM adopted a
JOIN announced p ON p.programme = a.programme
WHERE a.recorded_on > a.effective_on AND a.effective_on >= p.announced_on
UNION ALL
SELECT 'early ' || CAST(d.seq AS VARCHAR), d.seq, d.aggregate, d.amount, d.currency,
       'Decided under a policy before it was on record', d.programme, d.policy_version, a.effective_on, a.recorded_on
FROM decided d
JOIN first_time a ON a.programme = d.programme AND a.digest = d.policy_digest
WHERE a.seq > d.seq
UNION ALL
SELECT 'unknown ' || CAST(d.seq AS VARCHAR), d.seq, d.aggregate, d.amount, d.currency,
       'Decided under a policy that was never adopted', d.programme, d.policy_version, '', ''
FROM decided d
LEFT JOIN first_time a ON a.programme = d.programme AND a.digest = d.policy_digest
WHERE a.seq IS NULL
