"""Values about subjects that a bundle discloses on a legal basis, each with the entry of the log that commits to it."""

import json
from collections.abc import Sequence

from service.audit.vault import UNBOUND, Kept, Vault
from service.wiring import Service
from vouchers.bundle.decisions import check_disclosed
from vouchers.refusals import NotFound


class ValueNotCommitted(NotFound):
    """No entry of the log commits to this value, so that nobody could check it."""

    remedy = "Commit to it first: two people agree on an account, or keep the value again (vouchers audit vault keep)."


def disclosed(service: Service, wanted: Sequence[tuple[str, str]], basis: str) -> list[Kept]:
    """The values of these subjects and names, in the order of their commitments; an erased subject has none.

    Raises DisclosureUnfounded, TooManyDisclosed, ValueUnknown, ValueNotCommitted.
    """
    named = dict.fromkeys(wanted)
    check_disclosed(len(named), basis)
    found: list[Kept] = []
    with service.desk.reading() as desk:
        for subject, field in named:
            kept = Vault(service.desk).find(desk, subject, field)
            if kept.seq == UNBOUND:
                raise ValueNotCommitted(f"No entry commits to the {field} of {subject}.", pointer="/disclose")
            found.append(kept)
    return sorted(found, key=lambda kept: kept.seq)


def as_lines(values: Sequence[Kept], basis: str) -> str:
    """The values as disclosures.jsonl: a line each, with the disclosure of RFC 9901."""
    rows = [
        {"seq": each.seq, "subject": each.subject, "field": each.field, "basis": basis, "disclosure": each.disclosure}
        for each in values
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
