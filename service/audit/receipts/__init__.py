"""Decision receipts: what was decided about a party, with its reasons and its proof, in one file."""

from service.audit.receipts.checking import Confirmed, check_receipt
from service.audit.receipts.forms import Receipt, parse_receipt
from service.audit.receipts.making import make_receipt
from service.audit.receipts.telling import statement_of

__all__ = ["Confirmed", "Receipt", "check_receipt", "make_receipt", "parse_receipt", "statement_of"]
