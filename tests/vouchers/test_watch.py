"""The list of watched parties: cheap to grow, and everybody on it is found."""

from tests.examples import LAB, PUDONG
from tests.given import given
from tests.supervised import a_watched_town
from vouchers.kinds import WATCH
from vouchers.watch.decisions import enlist
from vouchers.watch.events import Listed


def test_a_party_is_listed_once():
    given(WATCH).when(enlist, PUDONG).then(Listed(PUDONG))
    given(WATCH, Listed(PUDONG)).when(enlist, PUDONG).then()


def test_everybody_on_a_long_list_is_found_in_a_few_sets():
    state = given(WATCH, *[Listed(f"party-{number}") for number in range(1_000)]).state
    assert all(f"party-{number}" in state for number in range(1_000))
    assert "party-1000" not in state
    assert len(state.parts) <= 10


def test_links_and_sanctions_list_their_parties():
    with a_watched_town({}) as (town, watch):
        watch.link(PUDONG, LAB)
        watch.sanction("warned", "somebody", actor="officer:li")
        listed = town.ledger.state(WATCH, "all")
        assert all(party in listed for party in (PUDONG, LAB, "somebody"))
        with town.assert_quiet():
            watch.link(PUDONG, LAB)
