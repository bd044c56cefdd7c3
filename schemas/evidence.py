"""What a request about a document says in its address."""

from schemas.faults import Body
from schemas.values import name


class EvidenceQuery(Body):
    """For which order a document is read."""

    order_id = name()
