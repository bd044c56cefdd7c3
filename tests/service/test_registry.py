"""Registry files as they come: in any spelling and with faults."""

import csv
import json
from pathlib import Path

import pytest

from schemas.registry import AsOfMissing, ColumnMissing, ColumnTwice, ColumnUnknown
from schemas.strict import EncodingBroken
from service.demo.population import make_enterprises
from service.registry.importing import FileMissing
from service.registry.parsing import EncodingUnknown, FileEmpty
from tests.examples import CHANGNING, PUDONG
from tests.service.registry_files import (
    HEADER,
    ROW,
    bring,
    facts_of,
    file_of,
    only_fault,
    opened,
)


@pytest.fixture
def service(tmp_path):
    with opened(tmp_path) as opening:
        yield opening


def test_a_row_becomes_facts_with_day_source_and_digest(service, tmp_path):
    bring(service, file_of(tmp_path, HEADER, ROW))
    entry = service.ledger.history(f"enterprise/{PUDONG}")[0]
    assert (entry.data.as_of_on, entry.data.source, len(entry.data.digest)) == ("2025-12-31", "firms.csv", 64)
    assert facts_of(service) == {
        "country": "CN",
        "region": "310115",
        "sector": 12,
        "staff": 9,
        "revenue": 9_000_050,
        "legal_form": "company",
        "status": "active",
        "lists": (),
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_delimiter_reads_the_same_with_and_without_a_mark(service, tmp_path, delimiter, mark):
    lines = [mark + HEADER.replace(",", delimiter).encode(), ROW.replace(",", delimiter)]
    assert bring(service, file_of(tmp_path, *lines)).recorded == 1
    assert facts_of(service)["staff"] == 9


def test_chinese_headers_and_words_are_understood(service, tmp_path):
    header = (
        "统一社会信用代码,企业名称,行政区划代码,成立日期,行业,从业人员,营业收入（万元）,类型,名单,经营状态,实际控制人"
    )
    row = f"{PUDONG},示例公司,310115,2019年3月1日,软件业,9,1.5,有限责任公司,经营异常；欠税,存续,C-1"
    report = bring(service, file_of(tmp_path, header, row))
    facts = facts_of(service)
    assert report.left_out == ("企业名称",)
    assert (facts["revenue"], facts["registered_on"], facts["sector"]) == (1_500_000, "2019-03-01", 12)
    assert (facts["lists"], facts["status"]) == (("abnormal-operation", "tax-arrears"), "active")


def test_a_firm_may_be_older_than_any_programme(service, tmp_path):
    bring(service, file_of(tmp_path, "统一社会信用代码,成立日期", f"{PUDONG},1846年1月1日"))
    assert facts_of(service)["registered_on"] == "1846-01-01"


def test_a_region_abroad_that_cannot_be_is_a_fault_of_its_cell(service, tmp_path):
    report = bring(service, file_of(tmp_path, "enterprise_id,country,region", "HRB-1,DE,DE-BY-1"))
    [fault] = report.faults
    assert (fault.column, fault.value) == ("region", "DE-BY-1")
    assert "DE-BY" in fault.remedy


@pytest.mark.parametrize("number", ["NL-1", "7", "NL-" + "1" * 41])
def test_a_number_abroad_that_nobody_could_name_afterwards_is_a_fault(service, tmp_path, number):
    report = bring(service, file_of(tmp_path, "enterprise_id,country", f"{number},NL"))
    assert [fault.column for fault in report.faults] == ["enterprise_id"]
    assert report.recorded == 0


def test_no_name_of_an_enterprise_enters_the_log(service, tmp_path):
    bring(service, file_of(tmp_path, "enterprise_id,name,staff", f"{PUDONG},Secret Widgets,9"))
    assert all(b"Widgets" not in row.entry for row in service.ledger.rows(0, service.ledger.size()))


def test_a_name_with_comma_quote_and_line_end_is_one_cell(service, tmp_path):
    path = file_of(tmp_path, "enterprise_id,name,staff", f'{PUDONG},"A ""B"", C\nLtd",9', f"{CHANGNING},D,10")
    assert bring(service, path).recorded == 2
    assert facts_of(service, CHANGNING)["staff"] == 10


def test_json_lines_read_like_rows(service, tmp_path):
    row = {"enterprise_id": PUDONG, "staff": 9, "revenue": "90,000.50", "lists": ["欠税"], "in_incubator": True}
    bring(service, file_of(tmp_path, json.dumps(row), name="firms.jsonl"))
    facts = facts_of(service)
    assert (facts["staff"], facts["revenue"], facts["in_incubator"]) == (9, 9_000_050, True)
    assert facts["lists"] == ("tax-arrears",)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"enterprise_id": 1,', "json-malformed"),
        (f'{{"enterprise_id": "{PUDONG}", "staff": 1.5}}', "number-not-whole"),
        (f'{{"enterprise_id": "{PUDONG}", "staff": 1, "staff": 2}}', "member-repeated"),
        (f'{{"enterprise_id": "{PUDONG}", "stuff": 1}}', "column-unknown"),
        ("[1]", "cell-count"),
    ],
)
def test_a_faulty_line_of_json_is_reported_and_the_next_one_read(service, tmp_path, line, code):
    path = file_of(tmp_path, line, f'{{"enterprise_id": "{CHANGNING}", "staff": 1}}', name="firms.jsonl")
    report = bring(service, path)
    assert (report.faults_by_code, report.recorded) == ({code: 1}, 1)


def test_gb18030_is_read_when_it_is_named_and_refused_with_its_place_when_not(service, tmp_path):
    path = file_of(tmp_path, "统一社会信用代码,从业人员", f"{PUDONG},9", encoding="gb18030")
    with pytest.raises(EncodingBroken, match=r"Line 1 .* byte 5 of"):
        bring(service, path)
    assert service.ledger.size() == 0
    assert bring(service, path, encoding="GB18030").recorded == 1


def test_a_row_of_broken_utf_8_is_named_by_line_and_byte(service, tmp_path):
    fault = only_fault(service, tmp_path, b"9131\xff" + ROW.encode())
    start = len(HEADER) + 1 + len(ROW) + 1
    assert fault.code == "encoding-broken"
    assert f"byte {start + 5} " in fault.detail


def test_wide_text_is_refused(service, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-16")
    with pytest.raises(EncodingUnknown):
        bring(service, path)


@pytest.mark.parametrize(
    ("old", "new", "column", "code"),
    [
        (PUDONG, "91310115MA1TE5T0X4", "enterprise_id", "credit-code-check"),
        (PUDONG, "91310115MA1TE5T0X", "enterprise_id", "credit-code-length"),
        (PUDONG, "", "enterprise_id", "cell-missing"),
        (",310115", ",310199", "region", "division-unknown"),
        (",310115", ",310103", "region", "division-retired"),
        (",12,", ",17,", "sector", "word-unknown"),
        (",9,", ",-9,", "staff", "number-malformed"),
        (",9,", ",9.5,", "staff", "number-malformed"),
        ("90000.50", "90000.505", "revenue", "amount-unreadable"),
        ("90000.50", "-1", "revenue", "amount-unreadable"),
        ("90000.50", "1e9", "revenue", "amount-unreadable"),
        ("active", "asleep", "status", "word-unknown"),
        ("active", "active,extra", "", "cell-count"),
    ],
)
def test_a_bad_cell_is_reported_with_its_place_and_good_rows_go_on(service, tmp_path, old, new, column, code):
    fault = only_fault(service, tmp_path, ROW.replace(old, new))
    assert (fault.column, fault.code) == (column, code)
    assert fault.detail.endswith(".")
    assert fault.remedy


def test_all_faults_of_a_row_come_at_once(service, tmp_path):
    bad = ROW.replace(",310115", ",999999").replace(",9,", ",x,").replace("active", "asleep")
    report = bring(service, file_of(tmp_path, HEADER, bad))
    assert report.faulty == 1
    assert set(report.faults_by_code) == {"division-unknown", "number-malformed", "word-unknown"}


@pytest.mark.parametrize(
    ("value", "code"),
    [("11010519491231002X", "personal-number"), ("张三", "reference-malformed"), ("C-104", "")],
)
def test_a_controller_is_an_opaque_reference(service, tmp_path, value, code):
    report = bring(service, file_of(tmp_path, "enterprise_id,controller", f"{PUDONG},{value}"))
    assert list(report.faults_by_code) == ([code] if code else [])
    assert "1949" not in str(report.faults)


def test_a_day_that_has_not_come_is_refused_and_today_is_not(service, tmp_path):
    rows = (f"{PUDONG},2026-01-06", f"{CHANGNING},2026-01-05")
    report = bring(service, file_of(tmp_path, "enterprise_id,as_of_on", *rows), as_of="")
    assert (report.faults_by_code, report.recorded) == ({"as-of-ahead": 1}, 1)


def test_a_legal_code_that_fails_the_check_is_let_in_by_name_only(service, tmp_path):
    path = file_of(tmp_path, "enterprise_id,staff", "91350100M0001TGQXM,5")
    assert bring(service, path).faults_by_code == {"credit-code-check": 1}
    assert bring(service, path, allowed=frozenset({"91350100m0001tgqxm"})).recorded == 1


def test_a_firm_abroad_is_known_by_country_and_number(service, tmp_path):
    bring(service, file_of(tmp_path, "enterprise_id,country,region,staff", "123456,IE,IE,5"))
    assert facts_of(service, "IE-123456")["country"] == "IE"


def test_a_region_abroad_is_no_division_of_china(service, tmp_path):
    report = bring(service, file_of(tmp_path, "enterprise_id,country,region", "123456,IE,310115"))
    assert (report.recorded, report.faults_by_code) == (0, {"word-unknown": 1})


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        ("enterprise_id,colour", ColumnUnknown),
        ("staff,revenue", ColumnMissing),
        ("enterprise_id,staff,从业人员", ColumnTwice),
        ("enterprise_id,staff(万元)", ColumnUnknown),
    ],
)
def test_a_header_that_cannot_be_understood_refuses_the_file(service, tmp_path, header, refusal):
    with pytest.raises(refusal):
        bring(service, file_of(tmp_path, header, "1,2,3"))
    assert service.ledger.size() == 0


def test_unknown_columns_are_left_out_on_demand_and_said(service, tmp_path):
    path = file_of(tmp_path, "enterprise_id,colour,staff", f"{PUDONG},red,9")
    report = bring(service, path, ignore_columns=True)
    assert (report.left_out, report.recorded) == (("colour",), 1)
    assert "colour" not in facts_of(service)


def test_a_file_needs_a_header_a_day_and_to_be_there(service, tmp_path):
    with pytest.raises(FileEmpty):
        bring(service, file_of(tmp_path, ""))
    with pytest.raises(AsOfMissing):
        bring(service, file_of(tmp_path, HEADER, ROW), as_of="")
    with pytest.raises(FileMissing):
        bring(service, tmp_path / "nowhere.csv")


def test_the_same_row_twice_counts_and_another_about_the_same_firm_is_a_fault(service, tmp_path):
    report = bring(service, file_of(tmp_path, HEADER, ROW, ROW, ROW.replace(",9,", ",10,")))
    assert (report.recorded, report.duplicates, report.faults_by_code) == (1, 1, {"row-contradicts": 1})
    assert facts_of(service)["staff"] == 9


def test_an_endless_line_is_skipped_and_the_rows_around_it_are_read(service, tmp_path):
    fault = only_fault(service, tmp_path, "x" * 10_000_000)
    assert fault.code == "record-too-long"
    assert len(fault.value) < 100


def test_a_quotation_mark_that_is_never_closed_costs_one_row(service, tmp_path):
    rows = [f'"{ROW}'] + [ROW.replace(PUDONG, row["enterprise_id"]) for row in make_enterprises(60, 1)]
    report = bring(service, file_of(tmp_path, HEADER, *rows))
    assert (report.recorded, report.faulty, report.faults[0].line) == (60, 1, 2)


def test_the_report_beside_the_file_has_every_fault_and_no_formula(service, tmp_path):
    path = file_of(tmp_path, "enterprise_id,staff", *[f"{PUDONG},=1+{number}" for number in range(150)])
    report = bring(service, path)
    with Path(report.faults_path).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert (len(rows), len(report.faults), report.faulty) == (151, 100, 150)
    assert rows[1][:4] == ["2", "staff", "number-malformed", "'=1+0"]


def test_an_import_that_went_well_leaves_no_report(service, tmp_path):
    path = file_of(tmp_path, HEADER, ROW.replace("active", "asleep"))
    assert bring(service, path).faults_path
    path.write_text(f"{HEADER}\n{ROW}\n")
    assert bring(service, path).faults_path == ""
    assert not (tmp_path / "firms.csv.faults.csv").exists()
