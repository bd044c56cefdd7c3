"""The key that the log is signed with, changed; and the name that it is signed under."""

from typing import Any

from vouchers.kinds import LOGKEY
from vouchers.ledger import Unit
from vouchers.logkey import decisions as logkeys

Answer = dict[str, Any]


def rotate_key(unit: Unit, command: logkeys.RotateKey) -> Answer:
    """Let the log be signed with another key, as both keys stated."""
    state = unit.append(LOGKEY, logkeys.KEY, logkeys.rotate(unit.load(LOGKEY, logkeys.KEY), command))
    return {"vkey": state.current, "keys": len(state.vkeys)}


def reopen_log(unit: Unit, command: logkeys.ReopenLog) -> Answer:
    """Let the log go on under another name and key, and quote what it had signed last under the old one."""
    state = unit.append(LOGKEY, logkeys.KEY, logkeys.reopen(unit.load(LOGKEY, logkeys.KEY), command))
    return {"origin": command.origin, "vkey": state.current}
