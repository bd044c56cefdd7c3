-- title: Samples that can be drawn again
-- asks: Does every sample follow from its seed, and was every seed that was committed also revealed?
-- over: draws
-- says: {sentence}
SELECT subject || ' ' || CAST(seq AS VARCHAR) AS finding, seq, subject AS aggregate, NULL AS amount, '' AS currency, sentence
FROM draw_checks
