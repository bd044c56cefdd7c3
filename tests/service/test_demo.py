"""The demo: a year played through the ordinary commands, the same for one seed."""

import io

import pytest
from rich.console import Console
from sqlalchemy import func, select

from service.cli import main
from service.demo import make_enterprises, make_providers, run_demo
from service.demo.founding import FolderInUse
from service.demo.telling import TURNS
from service.projections.balances import Voucher
from service.projections.orders import Order
from service.settings import load_settings
from service.wiring import Service
from vouchers import wire
from vouchers.application.sampling import derive
from vouchers.identifiers import check_credit_code
from vouchers.kinds import BY_NAME, ENTITLEMENT
from vouchers.policy.sizes import CLASSES, china_2011_300
from vouchers.voucher.events import PLACES

SCALE, SEED = 120, 7
# What so small a year need not have.
SELDOM = {TURNS[topic] for topic in ("budget.Blocked", "budget.Reopened", "settlement.Netted")}


def play(folder, **options):
    screen = io.StringIO()
    console = Console(file=screen, width=160, markup=False, highlight=False, emoji=False)
    return run_demo(folder, **({"scale": SCALE, "seed": SEED} | options), console=console), screen.getvalue()


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "data"
    summary, text = play(folder)
    with Service(load_settings(str(folder), {})) as service:
        yield summary, text, service


def test_the_year_is_told_and_the_views_are_verified(played):
    summary, text, service = played
    assert summary["differences"] == []
    assert summary["position"] == service.ledger.size() == service.catch_up()
    for said in (
        "SH-STIV 2026",
        "YRD-STIV 2026",
        "denied, by reason",
        "What evaluators ask of 2026",
        "What else happened",
        "Providers paid most",
        "Settlements",
        "try next",
    ):
        assert said in text
    assert summary["voucher_id"] in text


def test_the_same_seed_plays_the_same_year_the_instants_aside(played, tmp_path):
    _, _, service = played
    play(tmp_path / "again")
    with Service(load_settings(str(tmp_path / "again"), {})) as again:
        assert again.ledger.size() == service.ledger.size()
        for one, other in zip(service.ledger.entries(), again.ledger.entries(), strict=True):
            assert wire.plain(one) | {"rec": ""} == wire.plain(other) | {"rec": ""}


def test_another_seed_plays_another_year(played, tmp_path):
    summary, _, _ = played
    other, _ = play(tmp_path / "other", seed=SEED + 1)
    assert other["programmes"] != summary["programmes"]


def test_no_fen_is_made_or_lost(played):
    _, _, service = played
    with service.views.session() as session:
        rows = list(session.scalars(select(Voucher)))
    assert len(rows) > SCALE
    for row in rows:
        assert row.face == sum(getattr(row, place) for place in PLACES)
        assert row.available == row.reserved == row.claimed == 0


def test_the_year_has_everything_that_happens_in_life(played):
    _, _, service = played
    seen = {row.topic for row in service.ledger.rows(0, service.ledger.size())}
    for topic in (
        "order.Cancelled",
        "order.Lapsed",
        "provider.Suspended",
        "provider.Reinstated",
        "voucher.Paid",
        "voucher.ClawedBack",
        "voucher.Expired",
        "settlement.Confirmed",
        "review.Assigned",
        "refusal.Recorded",
        "entitlement.Denied",
        "clearing.Approved",
        "sample.SeedRevealed",
        "support.SupportPaid",
        "account.Approved",
        "link.LinkRecorded",
    ):
        assert topic in seen


def test_the_year_has_everything_that_leaves_the_ordinary_course(played):
    summary, text, _ = played
    happened = summary["turns"]
    assert set(happened) >= {TURNS[topic] for topic in TURNS} - SELDOM
    for words in happened:
        assert words in text


def test_what_is_out_of_the_ordinary_comes_as_seldom_as_in_a_real_programme(played):
    summary, _, service = played
    with service.views.session() as session:
        orders = session.scalar(select(func.count()).select_from(Order))
    happened = summary["turns"]
    for topic in ("order.Changed", "order.RestKept", "order.OverpaymentFound", "settlement.Failed", "demand.Ordered"):
        assert 0 < 100 * happened[TURNS[topic]] < 12 * orders


def test_a_firm_that_takes_the_place_of_another_orders_on_the_vouchers_of_both(played):
    _, _, service = played
    shared = [entry for entry in service.ledger.entries() if entry.type == "order.Shared"]
    assert len({entry.data.voucher_id for entry in shared}) == len(shared) == 2
    assert len({entry.agg for entry in shared}) == 1


def test_nobody_is_entitled_while_a_source_is_down_and_all_are_decided_once_it_is_up(played):
    _, _, service = played
    waiting = {entry.agg for entry in service.ledger.entries() if entry.type == "entitlement.Pending"}
    assert waiting
    for name in waiting:
        assert service.ledger.state(ENTITLEMENT, name.partition("/")[2]).decision is not None


def test_a_claim_that_is_owed_is_paid_in_the_end_whatever_the_bank_says_first(played):
    _, _, service = played
    with service.views.session() as session:
        assert {"paid"} < {row.status for row in session.scalars(select(Order))} <= {"paid", "cancelled", "lapsed"}


def test_the_sample_of_the_year_can_be_drawn_again_by_anybody(played):
    _, _, service = played
    drawn = derive(service.ledger, "SH-STIV", "2026")
    assert drawn.agreeing > 0
    assert not drawn.first_difference


def test_every_stream_can_be_read_back(played):
    _, _, service = played
    for row in service.ledger.rows(0, service.ledger.size()):
        kind = BY_NAME[row.stream.partition("/")[0]]
        assert type(wire.decode(row.topic, row.entry).data) in kind.events


def test_a_use_costs_about_what_real_ones_do_and_a_tenth_is_never_used(played):
    _, _, service = played
    with service.views.session() as session:
        uses, paid = session.execute(
            select(func.count(), func.sum(Order.paid + Order.clawed_back)).where(Order.status == "paid")
        ).one()
        issued = session.scalar(select(func.count()).select_from(Voucher))
        used = session.scalar(select(func.count(func.distinct(Order.voucher_id))))
    assert 280_000 < paid // uses < 480_000
    assert 4 * issued < 100 * (issued - used) < 18 * issued


def test_a_folder_that_is_in_use_is_left_alone(played):
    _, _, service = played
    size = service.ledger.size()
    with pytest.raises(FolderInUse):
        play(service.settings.data)
    assert service.ledger.size() == size


@pytest.mark.parametrize(
    "arguments",
    [
        *("programme show SH-STIV 2026", "views verify", "provider list", "log show", "debt list", "clearing list"),
        *("kpi show SH-STIV --year 2026 --on 2027-05-31", "sample derive SH-STIV 2026", "supervise signals"),
    ],
)
def test_what_to_try_next_works(played, arguments, monkeypatch, capsys):
    _, _, service = played
    monkeypatch.setenv("VOUCHERS_DATA", str(service.settings.data))
    monkeypatch.setattr("sys.argv", ["vouchers", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in {0, None}
    assert capsys.readouterr().out


def test_invented_firms_have_valid_codes_every_size_and_every_sector():
    firms = list(make_enterprises(800, 1))
    assert [check_credit_code(firm["enterprise_id"]) for firm in firms] == [firm["enterprise_id"] for firm in firms]
    assert len({firm["enterprise_id"] for firm in firms}) == len(firms)
    assert {firm["sector"] for firm in firms} == set(range(1, 17))
    measured = [firm for firm in firms if firm["staff"] != ""]
    sizes = {
        china_2011_300(
            {
                "sector": firm["sector"],
                "staff": firm["staff"],
                "revenue": firm["revenue"] * 1_000_000,
                "assets": firm["assets"] * 1_000_000,
            }
        )
        for firm in measured
    }
    assert sizes == set(CLASSES)
    assert {firm["region"][:2] for firm in firms} == {"31", "32", "33", "34"}


def test_invented_providers_are_as_many_as_asked_and_each_is_another():
    providers = make_providers(120, 1)
    assert len({provider["provider_id"] for provider in providers}) == 120
    assert len({provider["kind"] for provider in providers}) == 10
    assert providers == make_providers(120, 1) != make_providers(120, 2)
