"""What stands between a rulebook and its adoption: its own examples, and the filing of new rates."""

from dataclasses import replace
from hashlib import sha256

import pytest

from schemas import policies
from tests.examples import DIGEST, adoption
from tests.given import given
from vouchers import application as app
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import Announce, FilingMissing, FilingTooLate, PolicyExamplesFail, file_policy
from vouchers.programme.events import PolicyFiled

TODAY = "2026-01-05"
FILED = {"filing": "letter 7 of the district", "filed_on": "2026-01-02"}


def announced(town, name):
    """A town in which the programme of a shipped policy is known."""
    code = adoption(name).programme
    currency = policies.load_policy(policies.shipped()[name])[0].currency
    town.do(app.announce, Announce(code, "Vouchers", "Authority", currency, DIGEST))
    return town


def changed(name, version="next", *, effective_on="", **tables):
    """The adoption of a shipped policy under another version, with some tables changed."""
    _, document = policies.load_policy(policies.shipped()[name])
    document["programme"]["version"] = version
    document["programme"]["effective_on"] = effective_on or document["programme"]["effective_on"]
    for table, values in tables.items():
        document[table].update(values)
    text = policies.canonical(document)
    effective_on = document["programme"]["effective_on"]
    digest = sha256(text.encode()).hexdigest()
    return replace(adoption(name), version=version, effective_on=effective_on, document=text, digest=digest)


def test_a_policy_that_comes_to_its_examples_is_adopted(empty_town):
    announced(empty_town, "sd-lc").do(app.adopt_policy, adoption("sd-lc"))
    assert empty_town.ledger.state(PROGRAMME, "SD-LC").policy("2023") is not None


def test_a_policy_that_misses_one_of_its_examples_is_not_adopted_and_says_which(empty_town):
    half = {"SERVICE": {**_category("sd-lc"), "subsidy": {"kind": "flat", "rate_bp": 9000}}}
    with announced(empty_town, "sd-lc").refused(PolicyExamplesFail) as caught:
        empty_town.do(app.adopt_policy, changed("sd-lc", category=half))
    assert "examples.case[4]: 600 of the province alone" in caught.value.detail
    assert "The policy gives 900.00, the example 600.00." in caught.value.detail


def _category(name):
    return policies.load_policy(policies.shipped()[name])[1]["category"]["SERVICE"]


def test_the_first_rulebook_of_changping_needs_no_filing(empty_town):
    announced(empty_town, "cp-2017").do(app.adopt_policy, adoption("cp-2017"))
    assert empty_town.topics()[-1] == "programme.PolicyAdopted"


def test_new_rates_of_changping_need_filing_with_the_higher_authority_first(empty_town):
    announced(empty_town, "cp-2017").do(app.adopt_policy, adoption("cp-2017"))
    new = changed("cp-2017", effective_on="2026-01-05")
    for incomplete in (new, replace(new, filing=FILED["filing"]), replace(new, filed_on=FILED["filed_on"])):
        with empty_town.refused(FilingMissing):
            empty_town.do(app.adopt_policy, incomplete)
    empty_town.do(app.adopt_policy, replace(new, **FILED))
    filed = empty_town.events("programme/CP")[-1]
    assert filed == PolicyFiled("CP", "next", FILED["filing"], FILED["filed_on"])
    assert empty_town.ledger.state(PROGRAMME, "CP").policy_on("2026-01-05").version == "next"


@pytest.mark.parametrize(("filed_on", "passes"), [("2026-01-04", True), ("2026-01-05", False)])
def test_a_filing_after_the_first_day_of_the_new_rates_is_too_late(empty_town, filed_on, passes):
    announced(empty_town, "cp-2017").do(app.adopt_policy, adoption("cp-2017"))
    new = replace(changed("cp-2017", effective_on="2026-01-04"), filing="letter 7", filed_on=filed_on)
    if passes:
        assert empty_town.do(app.adopt_policy, new)["version"] == "next"
    else:
        with empty_town.refused(FilingTooLate):
            empty_town.do(app.adopt_policy, new)


def test_a_filing_cannot_be_of_a_day_to_come(empty_town):
    announced(empty_town, "cp-2017").do(app.adopt_policy, adoption("cp-2017"))
    new = changed("cp-2017", effective_on="2026-03-01")
    with empty_town.refused(FilingTooLate):
        empty_town.do(app.adopt_policy, replace(new, filing="letter 7", filed_on="2026-01-06"))
    empty_town.do(app.adopt_policy, replace(new, filing="letter 7", filed_on=TODAY))
    assert empty_town.topics()[-1] == "programme.PolicyFiled"


def test_the_same_filing_again_changes_nothing():
    filed = PolicyFiled("CP", "2017", FILED["filing"], FILED["filed_on"])
    given(PROGRAMME, filed).when(file_policy, replace(adoption("cp-2017"), **FILED)).then()
    given(PROGRAMME).when(file_policy, replace(adoption("cp-2017"), **FILED)).then(filed)


def test_a_programme_that_asks_for_no_filing_takes_a_new_version_without(empty_town):
    announced(empty_town, "sd-lc").do(app.adopt_policy, adoption("sd-lc"))
    empty_town.do(app.adopt_policy, changed("sd-lc"))
    assert empty_town.topics()[-1] == "programme.PolicyAdopted"


def test_whether_firms_of_one_controller_count_as_one_is_policy_by_date(empty_town):
    announced(empty_town, "hk-tvp-2016")
    for name in ("hk-tvp-2016", "hk-tvp-2020"):
        empty_town.do(app.adopt_policy, adoption(name))
    state = empty_town.ledger.state(PROGRAMME, "HK-TVP")
    levels = {
        day: {rule.level for rule in app.compiled(state.policy_on(day)).cap_rules}
        for day in ("2020-08-13", "2020-08-14")
    }
    assert levels == {"2020-08-13": {"lifetime", "group"}, "2020-08-14": {"lifetime"}}
