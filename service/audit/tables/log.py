"""The table of all entries, and those of what holds the log together: anchors, samples drawn, what was erased."""

from service.audit.tables.model import table

EVENTS = table(
    "events",
    "Every entry of the log, without what it says: when, where, by whom.",
    "*",
    "kind_of_stream=part.0 key=part.1+ stream=agg ver=ver occ=occ role=auth.role cause=cause",
)
ANCHORS = table(
    "anchors",
    "Outsiders vouched for the first entries of the log: their signed note, and the token of a time stamp.",
    "anchor.AnchorRecorded",
    "origin size root=data.root_hash note_digest=data.note_sha256 token_digest=data.tsr_sha256 stamped=data.tsr_at",
)
COSIGNATURES = table(
    "cosignatures",
    "When each witness cosigned a checkpoint.",
    "anchor.AnchorRecorded",
    "size witness=item.name stamped=item.value",
    each="data.cosignature_times",
)
DRAWS = table(
    "draws",
    "Samples of auditors: fixed before their seed can be known, revealed after.",
    "draw.Committed draw.Revealed",
    "subject=part.1+ commitment population method items programme from_on until_on size root seed note_digest",
)
ERASURES = table(
    "erasures",
    "What was ordered to be forgotten about whom, on which basis.",
    "erasure.SubjectErased",
    "subject reason=data.basis proposed_by approved_by",
)
REDACTIONS = table(
    "redactions",
    "Entries that a text was taken out of, with the leaf that stands for them in the tree.",
    "erasure.EntryRedacted",
    "redacted_seq=data.seq leaf_hash authority reason=data.basis proposed_by approved_by",
)
COMMITMENTS = table(
    "commitments",
    "Values about a subject that are kept outside the log, by the digest that commits to each.",
    "erasure.ValueCommitted",
    "subject field digest",
)
KEYS = table(
    "keys",
    "Changes of the key that the log is signed with, and of its name after a loss.",
    "logkey.KeyRotated logkey.LogReopened",
    "origin old_origin old_key=data.old_vkey new_key=data.new_vkey|data.vkey occasion size old_size root=data.old_root",
)
BUNDLES = table(
    "bundles",
    "Bundles of the log that were handed out.",
    "bundle.BundleExported",
    "origin size root=data.root_hash manifest_digest=data.manifest_sha256 formats purpose recipient",
)
DISCLOSED = table(
    "disclosed_values",
    "Values about subjects that a bundle disclosed to its recipient, by the entry that commits to each.",
    "bundle.ValuesDisclosed",
    "committed_seq=item.value manifest_digest=data.manifest_sha256 reason=data.basis purpose recipient",
    each="data.seqs",
)

TABLES = (EVENTS, ANCHORS, COSIGNATURES, DRAWS, ERASURES, REDACTIONS, COMMITMENTS, KEYS, BUNDLES, DISCLOSED)
