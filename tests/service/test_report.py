"""The yearly report: one page that needs nothing beside itself, and says what it rests on."""

import re
from html.parser import HTMLParser

import pytest

from service.projections import Views
from service.projections.kpis import kpis
from service.reporting.charts import Item, bars, columns, divided
from service.reporting.page import Basis, PeriodUnknown, percent, period_in, report
from tests.examples import DIGEST, LAB, PUDONG, SH_CODE, YUAN
from tests.service.console import CONTRACT, FIRMS, an_entitled_firm, an_office
from tests.town import a_town
from vouchers import application as app
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import Admit

BASIS = Basis(17, "ab" * 32, "2027-01-15")


class Page(HTMLParser):
    """A page as a browser reads it: every tag that is open is closed, and every address it would fetch."""

    def __init__(self, text):
        super().__init__()
        self.open, self.fetched, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href", "data", "action", "srcset"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def views():
    with a_town() as town, Views("memory:") as views:
        town.paid()
        town.order("O-2", gross=4_000 * YUAN)
        views.catch_up(town.ledger)
        yield views


def test_the_page_is_whole_and_fetches_nothing(views):
    with views.session() as session:
        text = report(session, SH_CODE, "2026", BASIS)
    page = Page(text)
    assert (page.open, page.fetched) == ([], [])
    assert not re.search(r"https?://|@import|url\(", text)


def test_the_page_names_the_place_of_the_log_that_it_rests_on(views):
    with views.session() as session:
        text = report(session, SH_CODE, "2026", BASIS)
    assert "first 17 entries" in text
    assert BASIS.last_hash in text
    assert f"vouchers report {SH_CODE} --year 2026 --on 2027-01-15" in text


def test_the_same_log_and_day_give_the_same_bytes(views):
    with views.session() as session:
        assert report(session, SH_CODE, "2026", BASIS) == report(session, SH_CODE, "2026", BASIS)


def test_the_figures_of_the_page_are_those_of_the_indicators(views):
    with views.session() as session:
        words = " ".join(Page(report(session, SH_CODE, "2026", BASIS)).words)
        year = kpis(session, SH_CODE, "2026", BASIS.on)
    assert year.value.paid == 5_000 * YUAN
    for figure in ("5,000.00", "300,000.00", percent(year.value.utilisation_bp), percent(year.value.breakage_bp)):
        assert figure in words


def test_a_name_with_markup_in_it_stays_text():
    with a_town() as town, Views("memory:") as views:
        facts = town.ledger.state(PROVIDER, LAB).facts
        town.do(app.admit, Admit(LAB, "Lab <script>alert(1)</script>", "register", DIGEST, facts, ""))
        town.order()
        views.catch_up(town.ledger)
        with views.session() as session:
            text = report(session, SH_CODE, "2026", BASIS)
    assert "<script>" not in text
    assert "Lab &lt;script&gt;" in text


def test_a_year_without_figures_is_refused_with_those_there_are(views):
    with views.session() as session:
        assert period_in(session, SH_CODE, 2026) == "2026"
        with pytest.raises(PeriodUnknown) as refused:
            period_in(session, SH_CODE, 2025)
    assert "2026" in refused.value.remedy


@pytest.mark.parametrize("draw", [bars, columns, divided])
@pytest.mark.parametrize("figures", [[], [Item("a", 0)], [Item("a", 3), Item("b", 1)]])
def test_every_chart_says_its_figures_in_words(draw, figures):
    svg = draw("Title", figures, str)
    Page(svg)
    assert svg.startswith("<svg")
    assert "Title" in svg
    for item in figures:
        assert f"{item.label} {item.value}" in svg or not item.value


def test_bars_are_as_long_as_their_figures():
    widths = [
        int(width)
        for width in re.findall(r'<rect [^>]*width="(\d+)"', bars("x", [Item("a", 4), Item("b", 2), Item("c", 0)], str))
    ]
    assert widths[0] == 2 * widths[1] > 0 == widths[2]


def test_a_divided_bar_is_filled_to_the_last_point():
    svg = divided("x", [Item("a", 1), Item("b", 1), Item("c", 1)], str)
    long = [int(width) for width in re.findall(r'y="0" width="(\d+)" height="34"', svg)]
    assert sum(long) == 720


@pytest.mark.parametrize(
    ("basis_points", "text"), [(0, "0.0 %"), (9, "0.0 %"), (10, "0.1 %"), (5_050, "50.5 %"), (10_000, "100.0 %")]
)
def test_shares_are_written_as_percentages(basis_points, text):
    assert percent(basis_points) == text


def test_the_command_writes_the_file_and_a_second_run_writes_the_same(tmp_path):
    console = an_office(tmp_path)
    console.write("firms.csv", FIRMS.format(code=PUDONG, tier="B"))
    console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-02")
    console.ask("entitle", "SH-STIV", "--on", "2026-01-02")
    told = console.ask("report", "SH-STIV", "--year", "2026", "--on", "2026-06-01")
    first = (tmp_path / "SH-STIV-2026.html").read_bytes()
    assert (told["file"], told["period"]) == ("SH-STIV-2026.html", "2026")
    console.ask("report", "SH-STIV", "--year", "2026", "--on", "2026-06-01", "--out", "again.html")
    assert (tmp_path / "again.html").read_bytes() == first
    assert console.ask("kpi", "show", "SH-STIV", "--year", "2026")["take_up"]["granted"] == 1
    assert [each["enterprise_id"] for each in console.ask("kpi", "unused", "SH-STIV", "--year", "2026")["unused"]] == [
        PUDONG
    ]


def test_a_year_without_a_period_and_a_folder_that_is_not_there_are_told(tmp_path):
    console = an_office(tmp_path)
    assert console.refused("report", "SH-STIV", "--year", "2031") == "period-unknown"
    assert console.refused("report", "NOBODY", "--year", "2026") == "programme-unknown"
    assert (
        console.refused("report", "SH-STIV", "--year", "2026", "--out", "missing/page.html", code=2)
        == "file-not-writable"
    )


def test_a_refused_request_counts_with_its_most_fundamental_reason(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    typed = ("order", "register", voucher, "--provider", LAB, *CONTRACT, "--on", "2026-02-01")
    large = ("--gross", "600,000.02", "--net", "600,000.02")
    assert console.refused(*typed, "--category", "TEST", *large) == "ineligible"
    assert console.refused(*typed, "--category", "RND", *large) == "ineligible"
    counted = console.ask("kpi", "show", "SH-STIV", "--year", "2026")["orders"]["refused"]
    assert counted == {"not-accredited": 1, "voucher-too-small": 1}
    console.ask("report", "SH-STIV", "--year", "2026", "--on", "2026-12-31", "--out", "page.html")
    assert "takes effect after 2026-12-31" in (tmp_path / "page.html").read_text(encoding="utf-8")
