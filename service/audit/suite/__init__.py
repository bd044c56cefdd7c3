"""The standard audit tests T01 to T26: portable SQL over the derived tables, with equal findings on every engine."""
