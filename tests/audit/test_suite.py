"""The audit tests as a whole: one answer from two engines, over years that were played, and in three forms."""

import csv
import io
import json
import re
from base64 import b64encode
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from service.audit.asof.points import LogEndsBeforePoint
from service.audit.replaying.sources import LONGEST, LogNotReadable
from service.audit.replaying.sources import opened as opened_log
from service.audit.suite.asking import AuditTestUnknown, audit_tests, chosen
from service.audit.suite.engines import NAMES, QueryFaulty, QueryTooLong, opened
from service.audit.suite.logs import log_of
from service.audit.suite.policies import adopted, in_force, thresholds
from service.audit.suite.settings import NumbersFaulty, read_numbers, shipped
from service.audit.suite.stocking import fill
from service.audit.suite.writing import COLUMNS, as_csv, as_html, as_json
from service.audit.tables import TABLES
from service.audit.tables.deriving import rows_of
from tests.audit.plants import one_contract_of_two_firms, one_report_for_two_orders
from tests.audit.suite_worlds import a_world, clean_lines, run
from tests.examples import adoption
from tests.service.walk import a_year
from vouchers import wire
from vouchers.merkle import root_of

# What a year of the tests holds against the rules on purpose: papers that are used twice, links that come to light
# later, own shares that come back.
ON_PURPOSE = {"T07", "T08", "T24", "T25"}


@pytest.fixture(scope="module")
def year():
    with a_year(seed=7) as town:
        return [row.entry for row in town.ledger.rows(0, town.ledger.size())]


@pytest.fixture(scope="module")
def report():
    world = a_world()
    one_report_for_two_orders(world)
    lines, _, _ = one_contract_of_two_firms(world)
    return run(lines, "T08,T18,T20,T25")


def test_two_engines_come_to_the_same_findings_over_a_random_year(year):
    reports = [run(year, engine=engine, replayed=[]) for engine in NAMES]
    assert reports[0].digest == reports[1].digest
    assert reports[0].findings == reports[1].findings != []
    assert [ran.over for ran in reports[0].ran] == [ran.over for ran in reports[1].ran]


def test_books_of_a_random_year_add_up_and_only_what_is_there_on_purpose_contradicts_the_rules(year):
    found = {finding.test for finding in run(year, replayed=[]).findings if finding.grade == "finding"}
    assert found <= ON_PURPOSE


def test_every_test_says_what_it_asks_in_a_question_and_what_it_finds_in_a_sentence():
    for test in audit_tests().values():
        assert test.asks.count("?") == 1 or test.grade == "shown"
        assert test.says.endswith((".", "}"))
        assert test.over in {table.name for table in TABLES}
        assert set(re.findall(r"(?<![:\w]):([a-z_]+)\b", test.sql)) <= set(shipped().values)


def test_the_sql_has_nothing_that_only_one_engine_knows():
    for test in audit_tests().values():
        words = set(re.findall(r"[a-z_]+(?=\()", test.sql.lower()))
        assert words <= {
            "as", "in", "exists", "over", "values", "count", "sum", "min", "max", "coalesce", "cast", "substr", "instr",
            "lower", "upper", "lag", "row_number",
        }, test.name  # fmt: skip


def test_every_number_that_ships_is_used():
    text = "".join(test.sql + test.says for test in audit_tests().values())
    assert {name for name in shipped().values if f":{name}" not in text} == {"clock_seconds", "reveal_days"}


def test_tests_are_chosen_by_their_names():
    assert [test.name for test in chosen(["T07", "T05"])] == ["T05", "T07"]
    assert len(chosen(["standard"])) == len(chosen([])) == 26
    with pytest.raises(AuditTestUnknown):
        chosen(["T27"])


def test_a_table_of_all_entries_is_made_without_opening_them_and_is_the_same(year):
    events = next(table for table in TABLES if table.name == "events")
    names = ("seq", "event", "eff", "rec", "actor", "stream", "ver", "occ", "role", "cause")
    places = [events.names.index(name) for name in names]
    expected = [tuple(row[place] for place in places) for row in rows_of(events, year)]
    with opened("sqlite") as engine:
        fill(engine, lambda: iter(year), [f"SELECT {', '.join(names)} FROM events"], shipped())
        assert engine.query(f"SELECT {', '.join(names)} FROM events", 10_000)[1] == expected


def test_tables_hold_what_their_definitions_say(year):
    table = next(table for table in TABLES if table.name == "orders")
    with opened("sqlite") as engine:
        fill(engine, lambda: iter(year), ["orders"], shipped(), pruned=False)
        found = engine.query("SELECT * FROM orders", 10_000)[1]
    assert found == list(rows_of(table, year)) != []


def test_a_redacted_line_is_no_gap_where_the_log_says_so():
    world = a_world()
    redacted = world.find("rating.Given") if any(world.each("rating.Given")) else world.entries[30]
    world.add("erasure.EntryRedacted", "log", {
        "seq": world.entries.index(redacted), "leaf_hash": "0" * 44, "pointers": [], "left": "", "authority": "x",
        "basis": "x", "proposed_by": "officer:li", "approved_by": "officer:wang",
    })  # fmt: skip
    lines = world.lines()
    lines[redacted["seq"]] = b'{"redacted":"%s"}' % (b"A" * 43 + b"=")
    assert run(lines, "T01").findings == []
    unsaid = [line for line in lines if b"erasure.EntryRedacted" not in line]
    assert {finding.seqs[0] for finding in run(unsaid, "T01").findings} >= {redacted["seq"] + 1}


def test_findings_as_csv_are_read_back(report):
    rows = list(csv.reader(io.StringIO(as_csv(report), newline="")))
    assert tuple(rows[0]) == COLUMNS
    found = [row for row in rows[1:] if row[0] == "T08"]
    assert [(row[2], row[6], row[9].count(" ")) for row in found] == [("finding", "CNY", 1)]
    assert found[0][7] == f"{int(found[0][5]) / 100:.2f}"


def test_findings_as_json_hold_every_test_with_its_state(report):
    data = json.loads(as_json(report))
    assert [(test["test"], test["status"]) for test in data["tests"]] == [
        ("T08", "ran"), ("T18", "ran"), ("T20", "not given"), ("T25", "ran"),
    ]  # fmt: skip
    assert data["tests"][0]["findings"][0]["explanation"].startswith("One contract stands behind orders of several")
    assert data["numbers"]["late_days"] == 30


def test_the_page_needs_nothing_beside_itself_and_says_what_was_found(report):
    page = as_html(report)
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert page.count("<svg") == 2, "how many findings each test has, and the leading digits"
    assert "One contract stands behind orders of several enterprises" in page
    assert "shown, never scored" in page
    assert "It needs replay findings, and none were given." in page
    assert as_html(report) == page


def test_leading_digits_are_shown_and_never_scored(report):
    benford = next(ran for ran in report.ran if ran.test.name == "T18")
    assert [finding.facts["digit"] for finding in benford.findings] == list(range(1, 10))
    assert sum(finding.facts["digits"] for finding in benford.findings) == 8
    assert sum(finding.facts["expected"] for finding in benford.findings) == 10_000
    assert benford.findings[0].explanation.endswith("Too few invoices to read anything from it.")
    assert [finding for finding in report.findings if finding.test == "T18"] == []


def test_thresholds_come_from_the_policy_of_each_order():
    command = adoption("hk-tvp-2020")
    document = {"data": {**dict.fromkeys(("programme", "version", "digest"), ""), "document": command.document}}
    policy = adopted(document)
    found = [(each.name, each.measure, each.amount) for each in thresholds([policy], shipped())]
    assert found == [("3 offers", "gross", 5_000_001), ("5 offers", "gross", 30_000_001)]


def test_office_hours_and_the_zone_come_from_the_policy_unless_the_auditor_says_otherwise(tmp_path):
    [line] = [line for line in clean_lines() if b"programme.PolicyAdopted" in line]
    policy = adopted(json.loads(line))
    assert in_force([policy], shipped()).values["utc_offset_minutes"] == 480
    (tmp_path / "own.toml").write_text("[numbers]\nfirst_hour = 9\n", encoding="utf-8")
    values = in_force([policy], read_numbers(tmp_path / "own.toml")).values
    assert (values["first_hour"], values["last_hour"]) == (9, 21)


@pytest.mark.parametrize(
    "text",
    [
        "numbers = 7", "[numbers]\nnobody = 1", "[numbers]\nlate_days = 1.5", "[numbers]\nlate_days = true", "x = ",
        "[numbers]\nround_unit = 0", "[numbers]\nlate_days = -1", "threshold = 1", "threshold = [1]",
        "[[threshold]]\nname = 'x'", "[[threshold]]\nprogramme='A'\nname='x'\nmeasure='net'\namount=1",
    ],
)  # fmt: skip
def test_a_faulty_file_of_numbers_is_refused(tmp_path, text):
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(NumbersFaulty):
        read_numbers(tmp_path / "own.toml")


def test_an_auditors_threshold_holds_under_every_policy_of_its_programme(tmp_path):
    text = "[[threshold]]\nprogramme='SH-STIV'\nname='second offer'\nmeasure='gross'\namount=2000000\n"
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    [line] = [line for line in clean_lines() if b"programme.PolicyAdopted" in line]
    [found] = thresholds([adopted(json.loads(line))], read_numbers(tmp_path / "own.toml"))
    assert (found.policy_version, found.name, found.amount, found.hard) == ("2025", "second offer", 2_000_000, 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders", "ATTACH 'elsewhere' AS e", "SELECT * FROM nothing",
        "PRAGMA query_only=OFF; DROP TABLE orders",
        "SELECT load_extension('x')", "COPY orders TO 'elsewhere'", "SELECT * FROM read_csv('/etc/passwd')",
    ],
)  # fmt: skip
def test_a_question_only_reads_and_reaches_nothing_else(name, query, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with opened(name) as engine:
        fill(engine, lambda: iter(clean_lines()), ["SELECT order_id FROM orders"], shipped(), pruned=False)
        if not (name == "duckdb" and query.startswith("DELETE")):  # In memory, and a copy: nothing is lost by it.
            with pytest.raises(QueryFaulty):
                engine.query(query, 10)
            assert engine.query("SELECT COUNT(*) FROM orders", 10)[1] == [(8,)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_question_about_what_is_not_there_is_no_long_question(name):
    with opened(name) as engine:
        engine.ready(())
        with pytest.raises(QueryFaulty):
            engine.query("SELECT interrupted FROM Interrupt", 10)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_that_never_ends_is_stopped(name):
    with opened(name) as engine:
        engine.ready(())
        endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT SUM(n % 7) FROM r"
        with pytest.raises(QueryTooLong):
            engine.query(endless, 10, 0.3)


def lines_of(path):
    """Every line of a log in a file or a bundle, as the tests read it."""
    with opened_log(str(path)) as source:
        return list(log_of(source).entries())


def test_a_bundle_in_one_file_is_read_like_a_folder(tmp_path):
    path = tmp_path / "bundle.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("events.jsonl", b"".join(line + b"\n" for line in clean_lines()))
    assert tuple(lines_of(path)) == clean_lines()
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(LogNotReadable):
        lines_of(path)
    with ZipFile(path, "w") as archive:
        archive.writestr("README.txt", b"")
    with pytest.raises(LogNotReadable):
        lines_of(path)


def test_what_is_left_of_a_redacted_entry_counts_in_a_bundle_as_it_does_in_the_installation(year, tmp_path):
    path = tmp_path / "events.jsonl"
    lines = [wire.line_of(entry) for entry in year]
    [seq] = [number for number, line in enumerate(lines) if line != year[number]]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    assert lines_of(path) == list(year)
    with opened_log(str(path)) as source:
        assert source.root(source.size()) == root_of([wire.leaf_hash(entry) for entry in year])
    # An order for another leaf is none, and only its leaf stands for a redacted entry.
    lines[seq] = b'{"redacted":"%b"}' % b64encode(bytes(32))
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    assert lines_of(path)[seq] == lines[seq]
    for line in (year[seq], lines[seq][:-1], lines[seq].replace(b"}", b" }")):
        lines[seq] = line
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        with pytest.raises(LogNotReadable, match=f"Line {seq + 1} "):
            lines_of(path)


def test_an_order_that_cannot_be_read_is_named(year, tmp_path):
    path = tmp_path / "events.jsonl"
    lines = [*(wire.line_of(entry) for entry in year), b'{"type":"erasure.EntryRedacted"}']
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(LogNotReadable, match=f"Line {len(lines):,} is no entry"):
        lines_of(path)


def test_lines_of_a_bundle_are_read_up_to_a_size_and_must_end(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in clean_lines()))
    with opened_log(str(tmp_path)) as source:
        assert list(log_of(source, 7).entries()) == list(clean_lines()[:7])
        assert log_of(source).size == len(clean_lines())
        with pytest.raises(LogEndsBeforePoint):
            log_of(source, len(clean_lines()) + 1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LogNotReadable):
        lines_of(tmp_path)
    with pytest.raises(LogNotReadable):
        lines_of(tmp_path / "nowhere")


def test_a_line_that_no_entry_is_as_long_as_is_not_read_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in (*clean_lines()[:3], b"x" * (LONGEST + 1))))
    with pytest.raises(LogNotReadable, match="Line 4 is too long"):
        lines_of(path)
    path.write_bytes(b"x" * LONGEST + b"\n")
    assert len(lines_of(path)[0]) == LONGEST
