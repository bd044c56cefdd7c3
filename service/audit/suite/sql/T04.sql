-- title: The same invoice twice
-- asks: Does an invoice pay for more than itself, or come again under a number that is only written otherwise?
-- over: invoices
-- says: {what}: {invoice} of {provider_id}, {orders} orders, together {amount:money}; the invoice itself is {other:money}.
WITH part AS (
    SELECT i.invoice, i.order_id, i.currency,
           MIN(i.seq) AS seq,
           SUM(CASE WHEN i.event IN ('order.InvoiceFiled', 'order.InvoiceAdded') THEN i.gross ELSE -i.gross END) AS gross
    FROM order_invoices i
    WHERE i.event IN ('order.InvoiceFiled', 'order.InvoiceAdded', 'order.InvoiceReversed')
      AND NOT EXISTS (SELECT 1 FROM order_invoices r
                      WHERE r.event = 'order.InvoiceRemoved' AND r.order_id = i.order_id AND r.invoice = i.invoice AND r.seq > i.seq)
      AND NOT EXISTS (SELECT 1 FROM invoices b
                      WHERE b.event = 'invoice.FiledBeside' AND b.order_id = i.order_id AND b.invoice = i.invoice)
    GROUP BY i.invoice, i.order_id, i.currency
), filed AS (
    SELECT invoice, MAX(provider_id) AS provider_id, MAX(gross) AS gross
    FROM invoices
    WHERE event IN ('invoice.Filed', 'invoice.PartFiled')
    GROUP BY invoice
), used AS (
    SELECT p.invoice, f.provider_id, f.gross, p.currency, SUM(p.gross) AS parts, COUNT(*) AS orders
    FROM part p
    JOIN filed f ON f.invoice = p.invoice
    GROUP BY p.invoice, f.provider_id, f.gross, p.currency
    HAVING COUNT(*) > 1 AND SUM(p.gross) > f.gross
), written AS (
    SELECT i.invoice, i.order_id, i.provider_id, i.gross, i.currency, i.seq, n.plain
    FROM invoices i
    JOIN invoice_numbers n ON n.invoice = i.invoice
    WHERE i.event IN ('invoice.Filed', 'invoice.PartFiled')
), alike AS (
    SELECT provider_id, plain, MIN(invoice) AS invoice, COUNT(DISTINCT order_id) AS orders, SUM(gross) AS parts, MAX(gross) AS gross
    FROM written
    GROUP BY provider_id, plain
    HAVING COUNT(DISTINCT invoice) > 1
)
SELECT 'same ' || u.invoice AS finding, p.seq, 'invoice/' || u.invoice AS aggregate, u.parts AS amount, u.currency,
       'One invoice pays for more than its own sum' AS what, u.invoice, u.provider_id, u.orders, u.gross AS other
FROM used u
JOIN part p ON p.invoice = u.invoice
UNION ALL
SELECT 'alike ' || a.provider_id || ' ' || a.plain, w.seq, 'invoice/' || a.invoice, a.parts, w.currency,
       'Invoices whose numbers differ only in how they are written', a.invoice, a.provider_id, a.orders, a.gross
FROM alike a
JOIN written w ON w.provider_id = a.provider_id AND w.plain = a.plain
