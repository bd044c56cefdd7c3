"""From a policy document (the tables of a TOML or JSON file) to a compiled policy, or to all its faults at once."""

from collections.abc import Mapping
from typing import Any, Final

from vouchers.money import EXPONENTS, WHOLE_BP
from vouchers.policy.carry_over import read_carry_over
from vouchers.policy.changes import read_changes, read_fact_needs
from vouchers.policy.conditions import read_condition, read_when
from vouchers.policy.examples import read_examples
from vouchers.policy.foreign import read_foreign
from vouchers.policy.model import Policy, PolicyFaults, ReviewRule
from vouchers.policy.pooling import read_pooling
from vouchers.policy.quotes import read_quotes
from vouchers.policy.reading import Faults, Table
from vouchers.policy.recovery import read_approvals, read_recovery
from vouchers.policy.rules import (
    Admission,
    Beneficiary,
    CapRule,
    Category,
    Deadlines,
    Flat,
    Matrix,
    Money,
    OrderRules,
    Period,
    Rounding,
    Settlement,
    Subsidy,
    VoucherType,
)
from vouchers.policy.stacking import read_aid, read_lookback, read_stacking
from vouchers.policy.subsidy_tables import read_function, read_subsidy
from vouchers.policy.supervision import read_supervision
from vouchers.policy.support import read_support

FORMAT: Final = 1
BASES: Final = ("gross", "net", "net_if_deductible")
LEVELS: Final = ("enterprise", "group", "category", "provider", "pool", "programme", "region", "lifetime")
EVERY_POOL: Final = "general"
# The sentences of a policy write sums with two decimals; prices in other money are converted first.
CURRENCIES: Final = tuple(code for code, exponent in EXPONENTS.items() if exponent == 2)  # noqa: PLR2004


def parse(document: Mapping[str, object]) -> Policy:
    """Read and compile a policy; raises PolicyFaults that names every hole at once."""
    faults = Faults()
    top = Table(document, "", faults)
    if top.whole("format") != FORMAT and top.has("format"):
        top.fault("format", "This format of policies is not known.", f"Write format = {FORMAT}.")
    policy = _policy(top)
    top.end()
    if faults.found:
        raise PolicyFaults(tuple(faults.found))
    return policy


def _policy(top: Table) -> Policy:
    """All parts of the document, each read once."""
    programme = top.table("programme")
    money = _money(top.table("money"))
    granting = not top.has("support") or top.has("category")  # A programme may support platforms and grant nothing.
    shared = {name: read_function(table) for name, table in top.named("subsidy", required=False).items()}
    categories = {
        code: _category(code, table, money, shared) for code, table in top.named("category", granting).items()
    }
    _check_rounding(top, money, categories)
    kinds = _voucher_types(top.named("voucher", granting), categories, top)
    beneficiaries = tuple(_beneficiary(table, kinds) for table in top.tables("beneficiary", required=granting))
    policy = Policy(
        **_programme(programme),
        period=_period(top.table("period")),
        deadlines=_deadlines(top.table("deadlines")),
        money=money,
        order_rules=_order_rules(top.table("order")),
        admission=_admission(top.table("provider")),
        settlement=_settlement(top.table("settlement")),
        beneficiaries=beneficiaries,
        voucher_types=kinds,
        categories=categories,
        cap_rules=_caps(top, categories, money, granting),
        quotes=tuple(read_quotes(each, tuple(categories)) for each in top.tables("quotes")),
        tiers={name: _tier(name, table) for name, table in top.named("tier", granting).items()},
        **_further(top),
    )
    if policy.ends_on and policy.ends_on < policy.effective_on:
        programme.fault("ends_on", "The policy ends before it begins.", "Give a day after effective_on.")
    programme.end()
    return policy


def _programme(table: Table) -> dict[str, Any]:
    """Whose policy it is, from when, in which money, and how it grants and pays."""
    return {
        "programme": table.text("code"),
        "version": table.text("version"),
        "title": table.text("title"),
        "authority": table.text("authority"),
        "currency": table.one_of("currency", CURRENCIES),
        "timezone": table.zone("timezone"),
        "effective_on": table.day("effective_on"),
        "ends_on": table.day("ends_on", default=""),
        "grant_mode": table.one_of("grant", ("automatic", "on_request")),
        "payee": table.one_of("payee", ("provider", "enterprise")),
        "cap_scope": table.text("cap_scope"),
        "home_regions": table.words("home_regions"),
        "filing_required": table.flag("filing_required", default=False),
    }


def _further(top: Table) -> dict[str, Any]:
    """The tables that only some programmes have; without one, its rule does not apply."""
    return {
        "supervision": read_supervision(top),
        "stacking": read_stacking(top.table("stacking", required=False)),
        "aid": read_aid(top.table("aid", required=False)),
        "recovery": read_recovery(top.table("recovery", required=False)),
        "pooling": read_pooling(top.table("pooling", required=False)),
        "foreign": read_foreign(top.table("foreign", required=False)),
        "carry_over": read_carry_over(top.table("carry_over", required=False)),
        "changes": read_changes(top.table("changes", required=False)),
        "fact_needs": read_fact_needs(top.table("facts", required=False)),
        "examples": read_examples(top.table("examples", required=False)),
        "support": read_support(top.table("support", required=False)),
    }


def _period(table: Table) -> Period:
    """The programme's period."""
    kind = table.one_of("kind", ("calendar_year", "window", "rolling_12_months"))
    window = kind == "window"
    period = Period(kind, table.day("first_on") if window else "", table.day("last_on") if window else "")
    if window and period.last_on < period.first_on:
        table.fault("last_on", "The window ends before it begins.", "Give a day after first_on.")
    table.end()
    return period


def _deadlines(table: Table) -> Deadlines:
    """The days that count after a grant."""
    rule = table.one_of("use_by", ("end_of_period", "days_after_issue", "months_after_issue"))
    counted = rule in {"days_after_issue", "months_after_issue"}
    deadlines = Deadlines(
        use_by=rule,
        use_by_count=table.whole("use_by_count", least=1, most=3_660) if counted else 0,
        redeem_by_days=table.whole("redeem_by_days", most=3_660),
        days_ahead=table.whole("days_ahead", default=0, most=366),
        order_by_months=table.whole("order_by_months", default=0, most=120),
        contract_after_grant=table.flag("contract_after_grant", default=True),
        ends_within_use_by=table.flag("ends_within_use_by", default=True),
        extensions=table.whole("extensions", default=0, most=10),
        extension_months=table.whole("extension_months", default=0, most=120),
        clause=table.clause(),
        deliver_by=table.one_of("deliver_by", ("any", "use_by", "redeem_by"), default="any"),
        restore_returned=table.flag("restore_returned", default=False),
        caps_freed=table.one_of("caps_freed", ("always", "within_use_by"), default="always"),
    )
    table.end()
    return deadlines


def _money(table: Table) -> Money:
    """How sums are taken."""
    rounding = table.table("rounding")
    money = Money(
        base=table.one_of("base", BASES),
        rounding=Rounding(
            half_up=rounding.one_of("mode", ("floor", "half_up")) == "half_up",
            unit=rounding.whole("unit", least=1, most=10_000_000),
            by_line=rounding.one_of("per", ("order", "line"), default="order") == "line",
        ),
        own_share_min_bp=table.whole("own_share_min_bp", default=0, most=WHOLE_BP),
        exhaustion=table.one_of("exhaustion", ("first_come", "block_category", "queue", "pro_rata")),
        budget_total=table.maybe_whole("budget_total"),
        clause=table.clause(),
    )
    rounding.end()
    table.end()
    return money


def _check_rounding(top: Table, money: Money, categories: Mapping[str, Category]) -> None:
    """Only one rate can be rounded line by line: bands, days and pieces belong to the order as a whole."""
    for category in categories.values():
        if money.rounding.by_line and not isinstance(category.subsidy, Flat | Matrix):
            message = f"The subsidy of {category.code} cannot be computed invoice by invoice."
            top.fault("money.rounding.per", message, 'Write per = "order", or give the category one rate.')


def _order_rules(table: Table) -> OrderRules:
    """What holds for every order."""
    rules = OrderRules(
        independent=table.flag("independent", default=True),
        provider_outside_areas=table.words("provider_outside_areas", default=()),
        never=table.words("never", default=()),
        evidence=table.words("evidence"),
        conditions=tuple(read_condition(each, "order", ("order",)) for each in table.tables("condition")),
        clause=table.clause(),
        own_share_proof=table.one_of("own_share_proof", ("evidence", "amount"), default="evidence"),
    )
    table.end()
    return rules


def _admission(table: Table) -> Admission:
    """How providers get in."""
    admission = Admission(
        notice_days=table.whole("notice_days", default=0, most=366),
        valid_months=table.whole("valid_months", default=0, most=1_200),
        publishes=table.words("publishes", default=()),
        conditions=tuple(read_condition(each, "provider") for each in table.tables("condition")),
        clause=table.clause(),
        recognises=table.words("recognises", default=()),
        min_catalogue=table.whole("min_catalogue", default=0, most=100),
        subcontract_max_bp=table.maybe_whole("subcontract_max_bp"),
    )
    table.end()
    return admission


def _settlement(table: Table) -> Settlement:
    """Who pays, how often, and what a breach takes back."""
    settlement = Settlement(
        payer=table.one_of("payer", ("programme", "enterprise_region")),
        rhythm=table.one_of("rhythm", ("on_demand", "monthly", "quarterly", "yearly")),
        clawback_bp=table.whole("clawback_bp", most=WHOLE_BP),
        measures=table.words("measures", default=()),
        clause=table.clause(),
        payer_areas=table.words("payer_areas", default=()),
        approvals=read_approvals(table),
        account_ref=table.text("account_ref", default=""),
    )
    if settlement.payer_areas and settlement.payer != "enterprise_region":
        table.fault("payer_areas", "The programme itself pays.", 'Remove them, or write payer = "enterprise_region".')
    table.end()
    return settlement


def _tier(name: str, table: Table) -> ReviewRule:
    """How redemptions of one credit tier are checked."""
    rule = ReviewRule(
        tier=name,
        sample_bp=table.whole("sample_bp", most=WHOLE_BP),
        evidence=table.words("evidence"),
        payment=table.one_of("payment", ("immediate", "after_check", "held")),
        second_person=table.flag("second_person", default=False),
    )
    table.end()
    return rule


def _category(code: str, table: Table, money: Money, shared: Mapping[str, Subsidy]) -> Category:
    """One spend category: one table of the document."""
    own_pool = code if money.exhaustion == "block_category" else EVERY_POOL
    table.maybe_whole("cap")  # Read again among the caps.
    category = Category(
        code=code,
        name=table.text("name"),
        clause=table.clause(),
        vouchers=table.words("vouchers"),
        subsidy=read_subsidy(table, shared),
        base=table.one_of("base", BASES, default=money.base),
        max_per_order=table.maybe_whole("max_per_order", least=1),
        min_cost=table.maybe_whole("min_cost"),
        max_cost=table.maybe_whole("max_cost", least=1),
        pool=table.text("pool", default=own_pool),
        provider_kinds=table.words("provider_kinds"),
        qualifications=table.words("qualifications", default=()),
        requires=table.words("requires", default=()),
        never=table.words("never", default=()),
        evidence=table.words("evidence"),
        conditions=tuple(read_condition(each, "order", ("order",)) for each in table.tables("condition")),
    )
    table.end()
    return category


def _voucher_types(
    tables: Mapping[str, Table], categories: Mapping[str, Category], top: Table
) -> dict[str, VoucherType]:
    """The kinds of vouchers; each pays for the categories that name it."""
    for category in categories.values():
        for kind in category.vouchers:
            if kind not in tables and top.has("voucher"):
                path = f"category.{category.code}.vouchers"
                top.fault(path, f'There is no voucher "{kind}".', f"Name one of: {', '.join(tables)}.")
    return {code: _voucher_type(code, table, categories) for code, table in tables.items()}


def _voucher_type(code: str, table: Table, categories: Mapping[str, Category]) -> VoucherType:
    """One kind of voucher."""
    kind = VoucherType(
        code=code,
        name=table.text("name"),
        clause=table.clause(),
        face=table.whole("face", least=1),
        categories=tuple(category.code for category in categories.values() if code in category.vouchers),
        conditions=tuple(read_condition(each) for each in table.tables("condition")),
    )
    if not kind.categories and categories:
        table.fault("", "No category can be paid with this voucher.", f'Name "{code}" in the vouchers of a category.')
    table.end()
    return kind


def _beneficiary(table: Table, kinds: Mapping[str, VoucherType]) -> Beneficiary:
    """One class of beneficiaries."""
    names = table.words("vouchers", known=tuple(kinds))
    conditions = tuple(read_condition(each) for each in table.tables("condition", required=True))
    beneficiary = Beneficiary(
        code=table.text("code"),
        name=table.text("name"),
        clause=table.clause(),
        when=read_when(table.table("when")),
        conditions=tuple(condition for condition in conditions if "grant" in condition.at),
        asked_again=tuple(condition for condition in conditions if "order" in condition.at),
        vouchers=tuple(kinds[name] for name in names if name in kinds),
        lookbacks=tuple(read_lookback(each) for each in table.tables("lookback")),
        company_by=table.one_of("company_by", ("settlement",), default=""),
    )
    table.end()
    return beneficiary


def _caps(top: Table, categories: Mapping[str, Category], money: Money, granting: bool) -> tuple[CapRule, ...]:
    """The ceilings: those of the list, and the yearly one of each category that has it."""
    listed = tuple(_cap(table, tuple(categories), money) for table in top.tables("cap", granting))
    own = top.content.get("category")
    tables = own if isinstance(own, Mapping) else {}
    yearly = []
    for category in categories.values():
        limit = tables[category.code].get("cap") if isinstance(tables[category.code], Mapping) else None
        if isinstance(limit, int):
            yearly.append(_category_cap(category, limit))
    return (*listed, *yearly)


def _category_cap(category: Category, limit: int) -> CapRule:
    """The ceiling of one category per enterprise and period."""
    return CapRule("category", category.clause, limit, None, None, "programme", 0, category.code, "", 6, ())


def _cap(table: Table, categories: tuple[str, ...], money: Money) -> CapRule:
    """One ceiling of the list."""
    level = table.one_of("level", LEVELS)
    period = table.one_of(
        "period",
        ("programme", "calendar_year", "lifetime", "rolling"),
        default="lifetime" if level == "lifetime" else "programme",
    )
    rule = CapRule(
        level=level,
        clause=table.clause(),
        limit=table.maybe_whole("limit"),
        share_bp=table.maybe_whole("share_bp"),
        count=table.maybe_whole("count"),
        period=period,
        months=table.whole("months", least=1, most=120) if period == "rolling" else 0,
        category=table.one_of("category", categories, default=""),
        pool=table.text("pool", default=""),
        region_digits=table.whole("region_digits", default=6, least=2, most=6),
        when=tuple(read_when(each) for each in table.tables("when")),
        order_limit=table.maybe_whole("order_limit", least=1),
        first_limit=table.maybe_whole("first_limit", least=1),
        of_level=table.text("of_level", default=""),
    )
    if rule.of_level and period == "rolling":
        table.fault("of_level", "What a level bears is counted over a fixed period.", "Choose another period.")
    limits = (rule.limit, rule.share_bp, rule.count, rule.order_limit, rule.first_limit)
    if all(limit is None for limit in limits):
        table.fault("", "This cap limits nothing.", "Give limit, share_bp, count, order_limit or first_limit.")
    if rule.share_bp is not None and money.budget_total is None:
        table.fault("share_bp", "A share needs the total that it is a share of.", "Add money.budget_total.")
    table.end()
    return rule
