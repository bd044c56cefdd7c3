"""Policy documents: every hole is named with its path and remedy, and what is shipped is sound and sourced."""

import tomllib
from pathlib import Path

import pytest

from schemas.policies import LARGEST_DOCUMENT, canonical, check, digest, load_policy, shipped
from schemas.policy_shape import PolicySchema
from tests.policies.cases import EVERY, SH, SHIPPED, document
from vouchers import wire
from vouchers.policy import PolicyFaults, parse, source_tags
from vouchers.policy.rules import Brackets, Stack

TEXT = shipped()[SH].read_text(encoding="utf-8")
TEST = "beneficiary[0].condition[0].test"
WINDOW = {"kind": "window", "first_on": "2026-02-01", "last_on": "2026-01-31"}
BELOW = {"fact": "a", "below": 1}
BAND = {"up_to": 5, "rate_bp": 1}
REQUIRED = [
    "format",
    *(f"programme.{key}" for key in ("code", "version", "title", "authority", "currency", "timezone")),
    *(f"programme.{key}" for key in ("effective_on", "grant", "payee", "cap_scope", "home_regions")),
    "period.kind",
    "deadlines.use_by",
    "deadlines.redeem_by_days",
    *(f"money.{key}" for key in ("base", "rounding", "rounding.mode", "rounding.unit", "exhaustion")),
    "order.evidence",
    *(f"settlement.{key}" for key in ("payer", "rhythm", "clawback_bp")),
    *(f"beneficiary[0].{key}" for key in ("code", "name", "when", "vouchers", "condition")),
    *(f"beneficiary[0].condition[0].{key}" for key in ("code", "text", "remedy", "test")),
    "beneficiary[0].when.fact",
    "voucher.general.name",
    "voucher.general.face",
    "cap[0].level",
    *(f"category.TEST.{key}" for key in ("name", "vouchers", "rate_bp", "provider_kinds", "evidence")),
    *(f"tier.A.{key}" for key in ("sample_bp", "evidence", "payment")),
    *("programme", "period", "deadlines", "money", "order", "provider", "settlement"),
    *("beneficiary", "voucher", "cap", "category", "tier"),
]


def steps(path):
    """The keys and indexes of a path."""
    for part in path.split("."):
        name, *indexes = part.replace("]", "").split("[")
        yield name
        yield from map(int, indexes)


def place(tree, path):
    """The table that holds the last key of a path, and that key."""
    *way, last = steps(path)
    for step in way:
        tree = tree[step]
    return tree, last


def faults_of(changed):
    """The faults of a document, by path."""
    with pytest.raises(PolicyFaults) as raised:
        parse(changed)
    return {fault.path: fault for fault in raised.value.faults}


def fault_after(path, value):
    """The one fault of the Shanghai policy after a value was put at a path."""
    changed = document()
    table, key = place(changed, path)
    table[key] = value
    (fault,) = faults_of(changed).values()
    return fault


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_is_sound(name):
    assert check(shipped()[name].read_text(encoding="utf-8")) == []


def test_the_programmes_of_the_main_path_are_shipped():
    assert set(EVERY) < set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_of_a_shipped_policy_names_its_source(name):
    tags = source_tags(document(name))
    assert len(tags) > 20
    assert [path for path, tag in tags.items() if not tag] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_fits_into_one_entry_of_the_log(name):
    assert len(canonical(document(name)).encode()) < LARGEST_DOCUMENT


@pytest.mark.parametrize("path", REQUIRED)
def test_a_hole_is_named_by_its_path(path):
    changed = document()
    table, key = place(changed, path)
    del table[key]
    if key in {"categories", "voucher", "category"}:
        assert path in faults_of(changed)
        return
    fault = faults_of(changed)[path]
    assert fault.message == "This value is missing."
    assert fault.remedy.startswith(f"Add {key} = ")


def test_all_holes_are_named_at_once():
    changed = document()
    holes = ["programme.title", "money.base", "category.TEST.rate_bp", "tier.A.payment", "cap[0].level"]
    for path in holes:
        table, key = place(changed, path)
        del table[key]
    assert set(faults_of(changed)) == set(holes)


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("programme.effective_on", "2026-02-30", "", "is not a day"),
        ("programme.effective_on", "1.9.2025", "", "is not a day"),
        ("programme.ends_on", "2025-08-31", "", "ends before it begins"),
        ("programme.currency", "XXX", "", "not known"),
        ("programme.payee", "bank", "", "not known"),
        ("programme.title", 7, "", "must be a text"),
        ("programme.title", "x" * 1001, "", "must be a text"),
        ("programme.title", "", "", "must be a text"),
        ("programme.home_regions", "31", "", "must be a list"),
        ("programme.home_regions", [31], "programme.home_regions[0]", "must be a text"),
        ("programme.timezone", "Asia/Changping", "", "not a known time zone"),
        ("programme.source", 7, "", "A source is a text"),
        ("programme.source", {"title": 7}, "", "A source is a text"),
        ("programme.colour", "red", "", "not known here"),
        ("programme.source", {"colour": "M"}, "programme.source.colour", "no such value"),
        ("format", 2, "", "not known"),
        ("money.own_share_min_bp", 10_001, "", "whole number"),
        ("money.own_share_min_bp", -1, "", "whole number"),
        ("money.own_share_min_bp", True, "", "whole number"),
        ("money.own_share_min_bp", 0.5, "", "whole number"),
        ("money.rounding.unit", 0, "", "whole number"),
        ("order.independent", "yes", "", "true or false"),
        ("order", [], "", "must be a table"),
        ("category", {}, "", "At least one"),
        ("category.RND.rate_bp", 10_001, "", "whole number"),
        ("category.RND.vouchers", ["gold"], "", 'no voucher "gold"'),
        ("category.RND.subsidy", {"kind": "flat", "rate_bp": 1}, "category.RND.rate_bp", "subsidy as well"),
        ("category.TECHMGR.vouchers", ["general"], "voucher.manager", "No category"),
        ("voucher.general.face", 0, "", "whole number"),
        ("voucher.general.face", 2**53, "", "whole number"),
        ("beneficiary[0].vouchers", ["gold"], "beneficiary[0].vouchers[0]", "not known"),
        ("beneficiary[0].condition", [], "", "list of tables"),
        ("beneficiary[0].condition[0].at", ["noon"], "beneficiary[0].condition[0].at[0]", "not known"),
        (TEST, {"fact": "a"}, "", "asks one thing; this one asks 0"),
        (TEST, {"fact": "a", "below": 1, "at_most": 2}, "", "asks 2"),
        (TEST, {"class": "XX", "one_of": ["small"]}, f"{TEST}.class", "not known"),
        (TEST, {"fact": "a", "is_true": False}, f"{TEST}.is_true", "only be true"),
        (TEST, {"fact": "a", "one_of": []}, f"{TEST}.one_of", "list of words"),
        ("cap[0]", {"level": "enterprise"}, "", "limits nothing"),
        ("cap[0]", {"level": "pool", "share_bp": 2000}, "cap[0].share_bp", "total"),
        ("cap[0]", {"level": "planet", "limit": 1}, "cap[0].level", "not known"),
        ("cap[0]", {"level": "enterprise", "limit": 1, "period": "rolling"}, "cap[0].months", "missing"),
        ("period", WINDOW, "period.last_on", "ends before"),
        ("tier.A.sample_bp", 10_001, "", "whole number"),
    ],
)  # fmt: skip
def test_a_fault_says_where_and_what(path, value, where, words):
    fault = fault_after(path, value)
    assert fault.path == (where or path)
    assert words in fault.message
    assert fault.remedy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("programme.ends_on", "2025-09-01"),
        ("programme.title", "x" * 1_000),
        ("programme.home_regions", ["31"] * 200),
        ("period", {"kind": "window", "first_on": "2026-02-01", "last_on": "2026-02-01"}),
        ("voucher.general.face", 2**53 - 1),
        ("beneficiary[0].condition", [document()["beneficiary"][0]["condition"][0]] * 200),
        (TEST, {"all": [{"all": [{"all": [BELOW]}]}]}),
    ],
)
def test_a_value_at_its_bound_is_sound(path, value):
    changed = document()
    table, key = place(changed, path)
    table[key] = value
    assert parse(changed).programme == "SH-STIV"


@pytest.mark.parametrize(
    "subsidy",
    [
        {"kind": "pieces", "piece": 5, "fewest": 2, "most": 2},
        {"kind": "stack", "of": "base", "levels": [{"name": "a", "rate_bp": 4_000}, {"name": "b", "rate_bp": 6_000}]},
    ],
)
def test_a_subsidy_at_its_bound_is_sound(subsidy):
    changed = document()
    del changed["category"]["RND"]["rate_bp"]
    changed["category"]["RND"]["subsidy"] = subsidy
    assert "RND" in parse(changed).categories


@pytest.mark.parametrize("path", ["programme.home_regions", "beneficiary[0].condition"])
def test_a_list_has_at_most_200_items(path):
    changed = document()
    table, key = place(changed, path)
    table[key] = (table[key] * 201)[:201]
    fault = faults_of(changed)[path]
    assert "200" in fault.remedy


@pytest.mark.parametrize(
    ("subsidy", "where", "words"),
    [
        ({"kind": "magic"}, "kind", "not known"),
        ({"kind": "flat"}, "rate_bp", "missing"),
        ({"kind": "matrix", "in_in_bp": 1, "in_out_bp": 1, "out_in_bp": 1}, "out_out_bp", "missing"),
        ({"kind": "brackets", "bands": []}, "bands", "list of tables"),
        ({"kind": "brackets", "bands": [BAND, BAND]}, "bands[1].up_to", "rise"),
        ({"kind": "brackets", "bands": [{"rate_bp": 1}, BAND]}, "bands", "last band"),
        ({"kind": "per_day", "rate_bp": 1}, "day_ceiling", "missing"),
        ({"kind": "pieces", "piece": 5, "most": 1, "fewest": 2}, "most", "less than fewest"),
        ({"kind": "stack", "of": "base", "levels": [{"name": "a", "rate_bp": 1, "x": 1}]}, "levels[0].x", "not known"),
    ],
)  # fmt: skip
def test_a_fault_of_a_subsidy_says_where_and_what(subsidy, where, words):
    changed = document()
    del changed["category"]["RND"]["rate_bp"]
    changed["category"]["RND"]["subsidy"] = subsidy
    fault = faults_of(changed)[f"category.RND.subsidy.{where}"]
    assert words in fault.message


def test_an_unknown_shared_subsidy_is_a_fault():
    changed = document("cp-2017")
    changed["category"]["TEST"]["subsidy"] = "gift"
    assert list(faults_of(changed)) == ["category.TEST.subsidy"]


def test_conditions_are_not_nested_for_ever():
    test = {"fact": "a", "below": 1}
    for _ in range(4):
        test = {"all": [test]}
    changed = document()
    changed["beneficiary"][0]["condition"][0]["test"] = test
    (fault,) = faults_of(changed).values()
    assert "4 deep" in fault.message


def test_every_kind_of_subsidy_can_be_written():
    changed = document()
    changed["category"]["RND"].pop("rate_bp")
    changed["category"]["RND"]["subsidy"] = {"kind": "brackets", "bands": [{"up_to": 5, "rate_bp": 1}, {"rate_bp": 2}]}
    changed["category"]["POC"].pop("rate_bp")
    level = {"name": "city", "rate_bp": 5000, "when": {"fact": "region", "one_of": ["310104"]}}
    changed["category"]["POC"]["subsidy"] = {"kind": "stack", "of": "rest", "levels": [level]}
    categories = parse(changed).categories
    assert categories["RND"].subsidy == Brackets(((5, 1), (None, 2)))
    assert isinstance(categories["POC"].subsidy, Stack)
    PolicySchema().load(changed)


def test_broken_text_is_named_by_line_and_column():
    (fault,) = check("format = 1\n[programme\n")
    assert fault.path == "line 2, column 11"
    (fault,) = check('{"format": 1,')
    assert fault.path.startswith("line 1, column")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("rate_bp = 5000", "rate_bp = 50.5", "category.RND.rate_bp"),
        ('effective_on = "2025-09-01"', "effective_on = 2025-09-01", "programme.effective_on"),
        ("face = 30_000_000", "face = 9_007_199_254_740_992", "voucher.general.face"),
        ('title = "Shanghai', '"títle" = "x"\ntitle = "Shanghai', "programme"),
        ('title = "Shanghai', 'colour = "red"\ntitle = "Shanghai', "programme.colour"),
    ],
)
def test_what_the_log_cannot_keep_or_nobody_knows_is_a_fault_of_the_text(old, new, path):
    assert old in TEXT
    assert [fault.path for fault in check(TEXT.replace(old, new, 1))] == [path]


@pytest.mark.parametrize("text", ["x" * 200_001, "", "[]", "a=" + "[" * 5_000])
def test_no_text_makes_the_check_fail(text):
    assert check(text)


def test_a_policy_is_nested_no_deeper_than_can_be_checked():
    assert [fault.path.count("x") for fault in check('{"a":' + '{"x":' * 20 + "1" + "}" * 21)] == [20]
    assert [fault.path for fault in check('{"x":' * 100_000)] == [""]


def test_a_number_of_thousands_of_digits_is_refused():
    for text in (f"a = {'9' * 5_000}", f'{{"a": {"9" * 5_000}}}'):
        (fault,) = check(text)
        assert "too long" in fault.message


def test_a_name_that_is_given_twice_is_refused():
    (fault,) = check('{"format": 1, "format": 2}')
    assert (fault.path, fault.message) == ("format", "This name is given twice.")
    (fault,) = check("format = 1\nformat = 2\n")
    assert fault.path == "line 2, column 11"


def test_broken_utf_8_is_named_by_line_and_byte(tmp_path: Path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b"format = 1\n# caf\xe9\n")
    with pytest.raises(PolicyFaults) as raised:
        load_policy(path)
    assert raised.value.faults[0].path == "line 2, byte 17"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path):
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert load_policy(path)[1] == document()


def test_a_text_of_the_greatest_length_is_read(tmp_path: Path):
    path = tmp_path / "long.toml"
    path.write_text(TEXT + "#" * (200_000 - len(TEXT)), encoding="utf-8")
    assert load_policy(path)[1] == document()
    path.write_text(TEXT + "#" + "\N{CJK UNIFIED IDEOGRAPH-5238}" * (200_000 - len(TEXT) - 1), encoding="utf-8")
    assert load_policy(path)[1] == document()


def test_a_file_of_any_size_is_answered(tmp_path: Path):
    path = tmp_path / "huge.toml"
    path.write_bytes(b"#" * 10_000_000)
    with pytest.raises(PolicyFaults, match="longer than 200,000 characters"):
        load_policy(path)


def test_a_document_that_is_too_large_is_refused():
    changed = document()
    for number in range(80):
        changed["category"][f"X{number}"] = {**changed["category"]["RND"], "name": "x" * 900}
    assert "" in [fault.path for fault in check(canonical(changed))]


def test_every_fault_of_a_text_is_named_at_once():
    broken = TEXT.replace("rate_bp = 5000", "rate = 5000", 1).replace('payee = "provider"\n', "", 1)
    assert {fault.path for fault in check(broken)} == {"programme.payee", "category.RND.rate_bp", "category.RND.rate"}


def test_the_schema_and_the_reader_know_the_same_keys():
    for name in SHIPPED:
        PolicySchema().load(document(name))
    changed = document()
    changed["category"]["RND"]["colour"] = "red"
    assert set(PolicySchema().validate(changed)["category"]["RND"]["value"]) == {"colour"}


def test_a_file_and_its_text_give_the_same_policy():
    of_file, document_of_file = load_policy(shipped()[SH])
    of_text, document_of_text = load_policy(TEXT)
    assert document_of_file == document_of_text
    assert of_file.categories.keys() == of_text.categories.keys()


def test_json_is_read_like_toml():
    _, of_json = load_policy(canonical(document()))
    assert of_json == document()


def test_a_broken_file_is_refused_with_all_faults(tmp_path: Path):
    path = tmp_path / "broken.toml"
    path.write_text(TEXT.replace("[tier.A]\nsample_bp = 200\n", "[tier.A]\n"), encoding="utf-8")
    with pytest.raises(PolicyFaults) as raised:
        load_policy(path)
    assert [fault.path for fault in raised.value.faults] == ["tier.A.sample_bp"]
    assert "tier.A.sample_bp: This value is missing." in str(raised.value)


def test_the_canonical_text_is_that_of_the_log_and_has_no_order_of_its_own():
    backwards = dict(reversed(document().items()))
    assert canonical(backwards) == canonical(document())
    assert canonical(document()).encode() == wire.canonical(document())
    assert tomllib.loads(TEXT) == wire.parse(canonical(document()))


def test_the_digest_changes_with_any_value():
    changed = document()
    changed["category"]["RND"]["rate_bp"] = 5001
    assert digest(changed) != digest(document())
    assert len(digest(changed)) == 64


@pytest.mark.parametrize("value", [0.5, None, 2**53])
def test_what_has_no_canonical_text_is_refused(value):
    with pytest.raises(PolicyFaults, match=r"money\.extra"):
        canonical({"money": {"extra": value}})
