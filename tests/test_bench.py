"""The measurements run, in small, and measure what they say."""

import importlib
from itertools import islice

import pytest

from bench.__main__ import NAMES, main
from bench.long_log import BUDGET_STREAM, block, fill
from bench.report import Series
from bench.world import Times, together
from service.projections import Views
from vouchers.kinds import BUDGET, VOUCHER
from vouchers.ledger import Ledger, open_recorder
from vouchers.replay import voucher_places
from vouchers.voucher.events import PLACES


@pytest.mark.parametrize("name", NAMES)
def test_each_measurement_runs_in_small_and_states_its_goals(name, capsys):
    assert importlib.import_module(f"bench.{name}").run(quick=True) in {True, False}
    printed = capsys.readouterr().out
    assert "left out" in printed or ("at least" in printed or "at most" in printed)


def test_the_hot_voucher_is_emptied_to_the_last_fen(capsys):
    main(["hot", "--quick"])
    assert "over-redeemed or left behind: nothing" in capsys.readouterr().out


def test_the_command_takes_no_other_name():
    with pytest.raises(SystemExit):
        main(["everything"])


def test_a_long_log_is_a_log_like_any_other(tmp_path):
    recorder = open_recorder("memory:")
    played = block()
    copies = 3
    fill(recorder, played.rows(), len(played.head) + copies * len(played.body))
    with Ledger(recorder, lambda: "2026-03-02T08:00:00.000000Z") as ledger, Views(f"sqlite:{tmp_path}/views") as views:
        versions: dict[str, int] = {}
        for seq, entry in enumerate(ledger.entries()):
            versions[entry.agg] = versions.get(entry.agg, 0) + 1
            assert (entry.seq, entry.ver) == (seq, versions[entry.agg])
        spent = ledger.state(BUDGET, BUDGET_STREAM.partition("/")[2]).committed
        places = voucher_places(ledger.rows(0, ledger.size()))
        assert spent == sum(places[name][PLACES.index("paid")] for name in places) > 0
        for name in islice(places, 10):
            state = ledger.state(VOUCHER, name)
            assert places[name] == [getattr(state, place) for place in PLACES]
        views.catch_up(ledger)
        assert views.verify(ledger) == []


def test_a_ratio_is_taken_round_by_round():
    assert Series("a", [2.0, 30.0, 4.0]).against(Series("b", [1.0, 10.0, 4.0])) == 2


def test_a_quantile_is_in_milliseconds_and_never_beyond_the_last():
    times = Times(2.0, [0.001 * number for number in range(1, 101)])
    assert (times.quantile(500), times.quantile(1000), times.rate) == (pytest.approx(51), pytest.approx(100), 50)


def test_a_fault_in_a_client_is_not_lost():
    def failing():
        raise LookupError

    with pytest.raises(LookupError):
        together([list, failing])
