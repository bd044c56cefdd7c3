"""Every command that has no route of its own kind elsewhere: one table, one view."""

from typing import Final

from service.api import commands_orders, commands_parties, commands_programmes
from service.api.acting import mount
from service.api.blueprints import Blueprint

blueprint = Blueprint("commands", __name__, url_prefix="/v1")

ROWS: Final = (*commands_programmes.ROWS, *commands_parties.ROWS, *commands_orders.ROWS)
# What is not asked for over HTTP, and why.
NOT_OVER_HTTP: Final = {
    "import_facts": "a registry's file has thousands of records: they come line by line in a batch, or at the console",
}

mount(blueprint, ROWS)
