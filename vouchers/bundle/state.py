"""Who was given an audit bundle so far."""

from vouchers.bundle import events as bundle
from vouchers.values import Value


class Bundle(Value):
    """Every time that one bundle was handed out, the first one first."""

    exported: tuple[bundle.BundleExported, ...] = ()


def evolve(state: Bundle, event: bundle.Event) -> Bundle:
    """Apply one event; the past is never refused. What a bundle disclosed follows from its manifest."""
    return Bundle((*state.exported, event)) if isinstance(event, bundle.BundleExported) else state
