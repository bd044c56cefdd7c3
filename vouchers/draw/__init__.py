"""An auditor's sample whose seed neither side can choose: committed, then fixed by the log's root, then revealed."""
