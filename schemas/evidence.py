"""What a request about a document says in its address, and what is answered about one."""

from schemas.answers import answer, said
from schemas.faults import Body
from schemas.shapes import TEXT, count
from schemas.values import name

DOCUMENT = answer(
    "Document",
    "A document that is kept, and when this caller first brought it.",
    "",
    digest=said("Digest"),
    media_type=said(TEXT),
    size=said(count(1)),
    uploaded_at=said("Instant"),
)


class EvidenceQuery(Body):
    """For which order a document is read."""

    order_id = name()
