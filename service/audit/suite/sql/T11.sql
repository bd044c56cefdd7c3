-- title: Two people
-- asks: Did one person do what takes two: propose and approve, ask and check, decide and hear the appeal?
-- over: events
-- says: {what}: {person}.
WITH pair AS (
    SELECT seq, 'programme/' || programme AS aggregate, 'One person proposed and approved a policy' AS what,
           proposed_by AS one, approved_by AS other
    FROM policies
    UNION ALL
    SELECT seq, 'budget/' || programme || '/' || period || '/' || pool, 'One person proposed and approved a transfer', proposed_by, approved_by
    FROM budgets
    UNION ALL
    SELECT a.seq, 'settlement/' || a.settlement_id, 'One person proposed and approved a batch of payments', p.proposed_by, a.approved_by
    FROM settlements a
    JOIN settlements p ON p.settlement_id = a.settlement_id AND p.event = 'settlement.Proposed'
    WHERE a.event IN ('settlement.Approved', 'settlement.Endorsed')
    UNION ALL
    SELECT b.seq, 'settlement/' || a.settlement_id, 'One person approved a batch of payments twice', a.approved_by, b.approved_by
    FROM settlements a
    JOIN settlements b ON b.settlement_id = a.settlement_id AND b.seq > a.seq
    WHERE a.event = 'settlement.Endorsed' AND b.event IN ('settlement.Approved', 'settlement.Endorsed')
    UNION ALL
    SELECT a.seq, 'account/' || a.payee_id, 'One person proposed and approved an account', p.proposed_by, a.approved_by
    FROM accounts a
    JOIN accounts p ON p.event = 'account.Proposed' AND p.payee_id = a.payee_id AND p.account_ref = a.account_ref
                   AND COALESCE(p.site_id, '') = COALESCE(a.site_id, '') AND p.seq < a.seq
    WHERE a.event = 'account.Approved'
    UNION ALL
    SELECT seq, 'debt/' || party, 'One person proposed and approved a write-off', proposed_by, approved_by
    FROM debts
    UNION ALL
    SELECT a.seq, 'clearing/' || a.programme || '/' || a.month, 'One person proposed and approved a clearing', p.proposed_by, a.approved_by
    FROM clearings a
    JOIN clearings p ON p.programme = a.programme AND p.month = a.month AND p.event = 'clearing.Proposed' AND p.seq < a.seq
    WHERE a.event = 'clearing.Approved'
    UNION ALL
    SELECT seq, 'bankline/' || bank_account || '/' || line_id, 'One person proposed and approved what a bank line is', proposed_by, approved_by
    FROM bank_lines
    UNION ALL
    SELECT seq, 'erasure/' || subject, 'One person proposed and approved an erasure', proposed_by, approved_by
    FROM erasures
    UNION ALL
    SELECT seq, 'entry/' || CAST(redacted_seq AS VARCHAR), 'One person proposed and approved a redaction', proposed_by, approved_by
    FROM redactions
    UNION ALL
    SELECT a.seq, 'correction/' || a.correction_id, 'One person proposed and approved a correction', p.proposed_by, a.approved_by
    FROM corrections a
    JOIN corrections p ON p.correction_id = a.correction_id AND p.event = 'correction.Proposed'
    WHERE a.event = 'correction.Approved'
    UNION ALL
    SELECT b.seq, 'correction/' || a.correction_id, 'One person approved a correction twice', a.approved_by, b.approved_by
    FROM corrections a
    JOIN corrections b ON b.correction_id = a.correction_id AND b.event = 'correction.Approved' AND b.seq > a.seq
    WHERE a.event = 'correction.Approved'
    UNION ALL
    SELECT a.seq, 'review/' || a.redemption_id, 'One person asked for the money and checked the claim', r.requested_by, a.reviewer
    FROM reviews a
    JOIN redemptions r ON r.redemption_id = a.redemption_id AND r.event = 'order.RedemptionRequested'
    WHERE a.event IN ('review.Approved', 'review.Rejected', 'review.Overridden')
    UNION ALL
    SELECT b.seq, 'review/' || a.redemption_id, 'One person approved the claim twice', a.reviewer, b.reviewer
    FROM reviews a
    JOIN reviews b ON b.redemption_id = a.redemption_id AND b.event = 'review.Approved' AND b.seq > a.seq
    WHERE a.event = 'review.Approved'
    UNION ALL
    SELECT b.seq, 'review/' || a.redemption_id, 'One person approved the claim and made the second check', a.reviewer, b.reviewer
    FROM reviews a
    JOIN reviews b ON b.redemption_id = a.redemption_id AND b.event = 'review.Rechecked' AND b.seq > a.seq
    WHERE a.event = 'review.Approved'
    UNION ALL
    SELECT b.seq, 'conduct/' || a.party, 'One person decided the act and the appeal against it', a.done_by, b.done_by
    FROM conducts a
    JOIN conducts b ON b.party = a.party AND b.act = a.act AND b.event = 'conduct.AppealDecided' AND b.seq > a.seq
    WHERE a.event IN ('conduct.Sanctioned', 'conduct.TierMoved')
), person AS (
    SELECT seq, aggregate, what, other AS person,
           CASE WHEN SUBSTR(one, 1, INSTR(one, ':')) IN ('officer:', 'reviewer:', 'finance:')
                THEN 'office:' || LOWER(SUBSTR(one, INSTR(one, ':') + 1)) ELSE LOWER(one) END AS one,
           CASE WHEN SUBSTR(other, 1, INSTR(other, ':')) IN ('officer:', 'reviewer:', 'finance:')
                THEN 'office:' || LOWER(SUBSTR(other, INSTR(other, ':') + 1)) ELSE LOWER(other) END AS other
    FROM pair
    WHERE COALESCE(one, '') <> '' AND COALESCE(other, '') <> ''
)
SELECT DISTINCT what || ' ' || CAST(seq AS VARCHAR) AS finding, seq, aggregate, NULL AS amount, '' AS currency, what, person
FROM person
WHERE one = other
