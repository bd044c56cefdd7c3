"""The list of columns and words: no name means two things, and the handbook names all of them."""

from collections import Counter
from pathlib import Path

import pytest

from schemas import policies
from schemas.registry import layout_of, read_row
from schemas.registry_cells import plain
from schemas.registry_columns import ENTERPRISE_COLUMNS, NOT_KEPT, PROVIDER_COLUMNS, SECTORS, UNITS, WORDS

HANDBOOK = Path(__file__).parent.parent.parent / "docs" / "registry.md"
SUBJECTS = {"enterprise": ENTERPRISE_COLUMNS, "provider": PROVIDER_COLUMNS}
CODE = "91310115MA1TE5T0X3"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_name_of_a_column_means_two_things(subject):
    names = [plain(name) for column in SUBJECTS[subject] for name in column.names]
    left_out = [plain(name) for name in NOT_KEPT[subject]]
    owners = Counter((plain(name), column.name) for column in SUBJECTS[subject] for name in column.names)
    assert len({name for name, _ in owners}) == len(owners)
    assert not set(names) & set(left_out)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_name_of_a_column_is_understood(subject):
    key = f"{subject}_id"
    for column in SUBJECTS[subject]:
        for name in column.names:
            others = [each.name for each in SUBJECTS[subject] if each.required and each.name != column.name]
            layout = layout_of([*others, name], subject, as_of_on="2025-12-31")
            assert column.name in {cell.name for cell in layout.cells}
            assert key in {cell.name for cell in layout.cells}


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_in_the_header_scales_the_column(unit):
    layout = layout_of(["enterprise_id", f"assets（{unit}）"], "enterprise", as_of_on="2025-12-31")
    assert read_row(layout, [CODE, "12"]).facts["assets"] == 12 * 10 ** UNITS[unit]


@pytest.mark.parametrize("column", WORDS)
def test_every_spelling_of_a_word_is_understood(column):
    subject = "provider" if column in {"kind", "qualifications"} else "enterprise"
    extra = {"name": "Lab", "kind": "lab"} if subject == "provider" else {}
    for spelling, word in WORDS[column].items():
        row = {f"{subject}_id": CODE, **extra, column: spelling}
        facts = read_row(layout_of(list(row), subject, as_of_on="2025-12-31"), list(row.values())).facts
        assert facts[column] in (word, (word,))


def test_the_handbook_names_every_column_word_and_sector():
    text = HANDBOOK.read_text(encoding="utf-8")
    spelled = [name for columns in SUBJECTS.values() for column in columns for name in column.names]
    spelled += [spelling for words in WORDS.values() for spelling in words]
    spelled += [word for word in SECTORS if not word.isdigit()]
    spelled += [name for names in NOT_KEPT.values() for name in names]
    assert [name for name in spelled if name not in text] == []


def conditions_in(document, of=""):
    """Every test of a fact in a part of a policy; those of an order's own facts are left out."""
    if isinstance(document, list):
        for each in document:
            yield from conditions_in(each, of)
    elif isinstance(document, dict):
        of = document.get("of", of)
        if "fact" in document and of in SUBJECTS:
            yield of, document
        for name, part in document.items():
            if name not in ("examples", "source"):
                yield from conditions_in(part, {"beneficiary": "enterprise", "provider": "provider"}.get(name, of))


@pytest.mark.parametrize("name", policies.shipped())
def test_a_file_can_state_every_fact_and_every_word_that_a_shipped_policy_asks_for(name):
    _, document = policies.load_policy(policies.shipped()[name])
    columns = {subject: {column.name for column in found} for subject, found in SUBJECTS.items()}
    unstated = [test["fact"] for of, test in conditions_in(document) if test["fact"] not in columns[of]]
    asked = [(test["fact"], word) for _, test in conditions_in(document) for word in test.get("one_of", [])]
    for category in document.get("category", {}).values():
        asked += [("kind", word) for word in category.get("provider_kinds", [])]
        asked += [("qualifications", word) for word in category.get("qualifications", [])]
    unwritten = [(fact, word) for fact, word in asked if fact in WORDS and word not in WORDS[fact].values()]
    assert (unstated, unwritten) == ([], [])
