"""Whatever stands in a registry file, every row is good, a duplicate or a fault, and nothing else happens."""

import gc
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.demo.population import make_enterprises
from service.registry.parsing import Source, batches
from vouchers.refusals import Refused

FIRMS = list(make_enterprises(30, 1))
COLUMNS = [
    "enterprise_id",
    "region",
    "registered_on",
    "sector",
    "staff",
    "revenue",
    "lists",
    "controller",
    "legal_form",
]
CELLS = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.sampled_from([str(firm[name]) for firm in FIRMS for name in COLUMNS]),
)


def parsed(folder, content, name="firms.csv"):
    path = folder / name
    path.write_bytes(content)
    rows, ended = [], 0
    for batch in batches(Source(path, "enterprise", "2025-12-31", on="2026-01-05", batch=7)):
        assert batch.rows == len(batch.good) + batch.duplicates + batch.faulty
        assert (batch.faulty > 0) == bool(batch.faults)
        assert all(fault.code and fault.detail.endswith(".") for fault in batch.faults)
        assert ended <= batch.at <= len(content)
        ended = batch.at
        rows += batch.good
    return rows


@given(st.binary(max_size=600))
def test_any_bytes_below_a_header_are_rows_or_faults(tmp_path_factory, content):
    good = (",".join(str(FIRMS[0][name]) for name in COLUMNS)).encode()
    rows = parsed(tmp_path_factory.mktemp("fuzz"), ",".join(COLUMNS).encode() + b"\n" + good + b"\n" + content)
    assert rows[0].reading.key == FIRMS[0]["enterprise_id"]


@given(st.binary(max_size=300), st.sampled_from(["firms.csv", "firms.jsonl"]))
def test_any_bytes_at_all_are_read_or_refused(tmp_path_factory, content, name):
    try:
        rows = parsed(tmp_path_factory.mktemp("fuzz"), content, name)
    except Refused as refused:
        rows = [] if refused.code != "refused" and refused.detail else [refused]
    assert rows == []


@given(st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=15))
def test_any_cells_in_csv_and_in_json_lines_say_the_same(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("fuzz")
    table = [[cell.replace("\0", "").strip() for cell in row] for row in table]
    table = [row for row in table if not any("\n" in cell or "\r" in cell for cell in row)]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [COLUMNS, *table]]
    objects = [json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in table]
    from_csv = parsed(folder, "\n".join(quoted).encode("utf-8", "surrogatepass"))
    from_json = parsed(folder, "\n".join(objects).encode(), "firms.jsonl")
    assert [row.reading for row in from_csv] == [row.reading for row in from_json]


@pytest.mark.parametrize(("at", "cell"), [(0, "1"), (1, "999999"), (2, "2023-02-30"), (3, "99"), (4, "x"), (5, "-1")])
def test_rows_with_faults_leave_nothing_for_the_search_for_cycles(tmp_path, at, cell):
    row = [str(FIRMS[0][name]) for name in COLUMNS]
    row[at] = cell
    lines = [",".join(COLUMNS), *[",".join(row)] * 200]
    gc.disable()
    gc.freeze()  # What is there already is not looked at, which would take a second.
    try:
        assert parsed(tmp_path, "\n".join(lines).encode()) == []
        assert gc.collect() < 200
    finally:
        gc.enable()
