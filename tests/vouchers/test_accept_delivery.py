"""The enterprise accepts the service."""

import pytest

from tests.examples import REPORT
from tests.given import given
from vouchers.kinds import ORDER
from vouchers.order.billing import accept_delivery
from vouchers.order.decisions import AcceptDelivery, DeliveryDayInvalid, OrderNotOpen, OrderUnknown
from vouchers.order.events import DeliveryAccepted, PartDelivered

COMMAND = AcceptDelivery("O-1", "2026-02-20", REPORT)
ACCEPTED = DeliveryAccepted("2026-02-20", REPORT)


@pytest.fixture
def registered(town):
    town.order()  # the service starts on 2026-02-02
    return town.state().registered


def test_a_delivery_is_accepted_with_the_digest_of_its_report(registered):
    state = given(ORDER, registered).when(accept_delivery, COMMAND, "2026-02-21").then(ACCEPTED)
    assert state.status == "delivered"


def test_the_same_acceptance_again_changes_nothing(registered):
    given(ORDER, registered, ACCEPTED).when(accept_delivery, COMMAND, "2026-02-25").then()


def test_another_acceptance_is_of_a_further_part(registered):
    other = AcceptDelivery("O-1", "2026-02-21", REPORT)
    part = PartDelivered("2026-02-21", REPORT)
    given(ORDER, registered, ACCEPTED).when(accept_delivery, other, "2026-02-25").then(part)
    given(ORDER, registered, ACCEPTED, part).when(accept_delivery, other, "2026-02-25").then()


@pytest.mark.parametrize("day", ["2026-02-02", "2026-02-21"])
def test_from_the_first_day_of_service_to_today(registered, day):
    command = AcceptDelivery("O-1", day, REPORT)
    given(ORDER, registered).when(accept_delivery, command, "2026-02-21").then(DeliveryAccepted(day, REPORT))


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-22"])
def test_not_before_the_service_and_not_in_the_future(registered, day):
    command = AcceptDelivery("O-1", day, REPORT)
    given(ORDER, registered).when(accept_delivery, command, "2026-02-21").refused(DeliveryDayInvalid)


def test_what_was_never_ordered_cannot_be_accepted():
    given(ORDER).when(accept_delivery, COMMAND, "2026-02-21").refused(OrderUnknown)


def test_a_cancelled_order_is_not_delivered(town):
    town.order()
    town.cancel()
    with town.refused(OrderNotOpen):
        town.deliver()
