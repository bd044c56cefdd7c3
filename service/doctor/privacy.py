"""What the doctor looks at where something had to be forgotten: redactions carried out, erased subjects gone."""

from collections.abc import Iterator

from service.audit.privacy import resurrected
from service.audit.redactions import redactions
from service.audit.vault import known_subjects
from service.doctor.findings import Finding, fail, ok
from service.wiring import Service
from vouchers import wire
from vouchers.ledger.recorder import PAGE


def look_at_vault(service: Service) -> Iterator[Finding]:
    """Whether the vault can be opened, and holds nothing of a subject that the log says is erased."""
    with service.desk.reading() as desk:
        kept = known_subjects(desk)
    path = service.desk.key_file
    if kept and (path is None or not path.exists()):
        told = f"It holds {len(kept):,} values, and its key is not there."
        yield fail("vault", told, "Put the file vault.kek back into the data folder; it is in no backup.")
    elif back := resurrected(service):
        told = f"It holds {len(back):,} subjects that were erased, such as {back[0]}: an old backup was restored."
        yield fail("vault", told, "Give the command `vouchers audit erase` for each of them again.")
    else:
        yield ok("vault", f"It holds {len(kept):,} values; whoever was erased is gone.")


def look_at_redactions(service: Service) -> Iterator[Finding]:
    """Whether exactly those entries lack a text of which the log says so, and lack it in the words of the log."""
    ordered = {each.event.seq: each for each in redactions(service)}
    waiting = [seq for seq, each in ordered.items() if not each.done]
    found = {seq for seq in _marked(service) if seq not in ordered}
    if found:
        told = f"Entry {min(found):,} says that a text was taken out of it, and nobody ordered that."
        yield fail("redactions", told, "Keep the database as evidence, and compare with the last bundle or mirror.")
    elif waiting:
        told = f"Entry {min(waiting):,} is not what its redaction left of it."
        yield fail("redactions", told, "Give the command `vouchers audit redact` again, or find out who changed it.")
    else:
        yield ok("redactions", f"{len(ordered):,} on record, each carried out.")


def _marked(service: Service) -> Iterator[int]:
    """The numbers of entries that say that a text was taken out of them."""
    for start in range(0, service.ledger.size(), PAGE):
        for place, row in enumerate(service.ledger.rows(start, start + PAGE)):
            if wire.redacted_leaf(row.entry):
                yield start + place
