"""Tales of the audit: samples, anchors, bundles, what is forgotten, keys that change, and corrections."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from service.audit.signing import Signer
from tests.examples import SH_CODE
from tests.service.attesting import ORIGIN, anchor, draw, export, forget, reopen, rotate, signer, take_out
from tests.service.correcting import claw_back, proposal
from tests.vouchers.machine.actors import Actors
from vouchers import application as app
from vouchers.audit import parse_vkey
from vouchers.correction.decisions import ApproveCorrection, RejectCorrection
from vouchers.kinds import LOGKEY
from vouchers.logkey.decisions import KEY


class Giving:
    """The people of the machine, who give commands that are made elsewhere."""

    def __init__(self, m: Actors) -> None:
        self.ledger = m.town.ledger
        self._m = m

    def do(self, use_case: Callable[..., Any], command: Any, *, actor: str = "officer:li") -> Any:
        """Give a command as it is."""
        return self._m.give(
            use_case.__name__, actor, **{each.name: getattr(command, each.name) for each in fields(command)}
        )


def an_audit_is_made(m: Actors) -> None:
    """A sample is drawn, a witness cosigns, and a bundle is handed out; sometimes again."""
    for _ in range(m.pick((1, 2))):
        draw(Giving(m), m.fresh("Q"), _key(m))
        anchor(Giving(m), _key(m))
        export(Giving(m), _key(m))


def something_is_forgotten(m: Actors) -> None:
    """A subject is erased, perhaps a second time; a reason is taken out of the last entry that has one."""
    subject = f"subject:{m.pick((m.fresh('P'), 'P-0'))}"
    forget(Giving(m), subject)
    reasons = [entry.seq for entry in m.town.ledger.entries() if getattr(entry.data, "reason", "")]
    if reasons:
        take_out(Giving(m), reasons[-1], "/data/reason")


def the_log_changes_its_key(m: Actors) -> None:
    """Another key signs, or the log has another name as well."""
    rotate(Giving(m), _key(m), _key(m, 1))
    if m.pick((0, 1)):
        reopen(Giving(m), _key(m), _key(m, 1, m.fresh(ORIGIN)))


def something_is_put_right(m: Actors) -> None:
    """A payment was too high: two people agree to demand a part of it back, or somebody does not; things may happen."""
    order_id = m.paid(SH_CODE)
    if not order_id:
        return
    registered, [claim, *_] = m.state(order_id).registered, m.state(order_id).claims.values()
    assert registered is not None, "it is paid"
    stands, measure = claim.paid - claim.clawed_back, m.pick(("claw_back", "claw_back", "write_off"))
    found = claw_back(order_id, m.pick((1, 1_000)), stands, registered.enterprise_id, measure)
    number = m.fresh("C")
    Giving(m).do(app.propose_correction, proposal(number, found, programme=registered.programme))
    if not m.pick((0, 1, 2)):
        m.give("claw_back", order_id=order_id, amount=1)
    for person in ("finance:sun", m.pick(("finance:sun", "finance:qian", "finance:qian"))):
        Giving(m).do(app.approve_correction, ApproveCorrection(number), actor=person)
    if not m.pick((0, 1)):
        Giving(m).do(app.propose_correction, proposal(m.fresh("C"), found, programme=registered.programme))
        number = f"C-{m.numbers}"
    Giving(m).do(app.reject_correction, RejectCorrection(number, "it was right"), actor="finance:zhou")


def _key(m: Actors, ahead: int = 0, name: str = "") -> Signer:
    """The key that the log signs with now, or one that may come after it."""
    state = m.town.ledger.state(LOGKEY, KEY)
    now = parse_vkey(state.current).name if state.vkeys else ORIGIN
    return signer(name or now, max(1, len(state.vkeys)) + ahead)


TALES = (an_audit_is_made, something_is_forgotten, the_log_changes_its_key, something_is_put_right)
