"""Tales of offices: providers that join and leave, money demanded back, supervision, samples, facts, budgets."""

from tests.examples import CHANGNING, DIGEST, PUDONG, SH_CODE, facts_of_firm, facts_of_provider, revised, voucher_of
from tests.vouchers.machine.actors import Actors
from tests.vouchers.machine.places import PLATFORM, PLATFORMS, QUEUE
from tests.vouchers.machine.tales_of_banks import a_bank_is_told_and_tells, money_comes_back, the_bank_answers_anything
from vouchers.days import add_days
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_credit_code
from vouchers.kinds import ADMISSION, CONDUCT, ENTITLEMENT, REVIEW


def newcomer(m: Actors) -> str:
    """The code of somebody whom nobody knows."""
    m.numbers += 1
    return make_credit_code("9", "1", "310112", m.numbers)


def a_provider_joins(m: Actors) -> None:
    """Self-evaluation, verification, notice, an objection, and the entry; accredited, renewed, and withdrawn."""
    code, programme = newcomer(m), m.pick([trade.programme for trade in m.trades])
    given = {"provider_id": code}
    m.give(
        "self_evaluate", "provider:new", **given, programme=programme, name="Lab", answers={"kind": "lab"},
        account_ref="account:new",
    )  # fmt: skip
    facts = facts_of_provider(region="310104")
    m.give("verify_provider", "officer:wu", **given, source="register", facts=facts)
    if m.pick((0, 1, 2)) == 0:
        m.give("withdraw_application", "provider:new", **given)
        return
    m.give("object_to_admission", "enterprise:firm", **given)
    m.give(m.pick(("dismiss_objection", "dismiss_objection", "uphold_objection")), "officer:li", **given, number=1)
    m.till(add_days(m.town.ledger.state(ADMISSION, code).last_on or m.town.on, 1))
    m.give("join_after_notice", "officer:wu", **given)
    if programme in (QUEUE, "DE-GOINNO"):
        given |= {"category": next(trade.category for trade in m.trades if trade.programme == programme)}
        m.give("accredit_for_term", **given, programme=programme)
        m.later(30)
        m.give("renew_accreditation", **given, programme=programme)
        m.give("withdraw_accreditation", **given)


def a_provider_keeps_its_entry(m: Actors) -> None:
    """Sites, accounts, products and fees."""
    trade = m.any_trade()
    given = {"provider_id": trade.provider}
    site, product = m.fresh("site"), m.fresh("P")
    m.give("add_site", **given, site_id=site, region="310104", access_ref="")
    account = {"payee_id": trade.provider, "account_ref": m.fresh("account"), "site_id": m.pick((site, ""))}
    m.give("propose_account", "provider:lab", **account, holder_id=trade.provider)
    m.give(m.pick(("approve_account", "approve_account", "decline_account")), "finance:qian", **account)
    currency = m.policies[trade.programme].currency
    m.give(
        "publish_product", "provider:lab", **given, product_id=product, category=trade.category, fee=trade.gross,
        unit="order", currency=currency,
    )  # fmt: skip
    m.give("change_fee", "provider:lab", **given, product_id=product, fee=trade.gross + 100)
    m.until(m.order(trade, attributes=trade.attributes | {"product_id": product}), "requested", "approved")
    m.give("withdraw_product", "provider:lab", **given, product_id=product)
    m.give("close_site", **given, site_id=site, from_on=add_days(m.town.on, 1))


def a_provider_is_removed(m: Actors) -> None:
    """A provider is suspended, reinstated, and at last removed; its open orders end."""
    trade = m.any_trade()
    code = newcomer(m)
    entry = m.town.ledger.history(f"provider/{trade.provider}")[0].data
    m.give("admit", provider_id=code, name="Lab", facts=dict(entry.facts), account_ref="account:removed")
    m.give("accredit", provider_id=code, category=trade.category, until_on="2027-12-31")
    order_id = m.order(trade, provider_id=code)
    m.until(order_id, m.pick(("registered", "invoiced", "requested", "approved", "settling")))
    m.give("suspend", provider_id=code, effect=m.pick(("finish", "freeze")))
    m.step(order_id) if order_id else None
    m.give("reinstate", provider_id=code)
    m.give("remove_provider", provider_id=code, effect="void", barred_until_on=add_days(m.town.on, 90))
    m.give("void_orders", provider_id=code, orders=(order_id,) if order_id else ())


def budgets_move(m: Actors) -> None:
    """Money is added, cut, moved to another pool; a pool is blocked and opened again."""
    trade = m.any_trade(m.pick((SH_CODE, QUEUE)))
    pool = {"programme": trade.programme, "period": m.period(trade.programme), "pool": m.pool_of(trade)}
    m.give("appropriate", **pool, amount=m.pick((1, 3_000_000)))
    m.give("cut_budget", **pool, amount=m.pick((1, max(1, m.free(**pool)), 2_000_000)))
    other = m.pick(sorted({m.pool_of(each) for each in m.trades if each.programme == trade.programme} | {"RND"}))
    m.give(
        "transfer_budget", "officer:wu", **pool, to_pool=other, amount=m.pick((1, 500_000)), proposed_by="officer:li"
    )
    m.give("block_pool", **pool, amount=m.free(**pool) + 1)
    m.order(trade)
    m.give("reopen_pool", **pool)


def somebody_is_sanctioned(m: Actors) -> None:
    """A sanction at any step, an appeal, its decision; tiers that move and are repaired."""
    trade = m.any_trade(SH_CODE)
    order_id = m.order(trade)
    m.until(order_id, m.pick(("registered", "requested", "approved", "settling", "paid")))
    subject = m.pick((trade.firm, trade.provider))
    level = m.pick(("warned", "rectify", "payments"))
    m.give("sanction", subject=subject, level=level, until_on=add_days(m.town.on, 60), effect="finish",
           with_controller=bool(m.pick((0, 1))))  # fmt: skip
    act = m.town.ledger.state(CONDUCT, subject).acts
    m.order(trade)
    m.step(order_id) if order_id else None
    m.give("appeal", "enterprise:firm", subject=subject, act=act)
    m.give("decide_appeal", "officer:wu", subject=subject, act=act, upheld=bool(m.pick((0, 1))))
    m.give("lift_sanction", "officer:wu", subject=subject, act=act)
    m.give("change_credit_tier", enterprise_id=trade.firm, tier=m.pick("ABC"))
    m.give("move_tier", subject=subject, tier=m.pick("BCD"))
    if m.pick((0, 1)):
        m.later(400)
        m.give("repair_credit", subject=subject, programme=trade.programme)


def ten_clean_orders_are_rewarded(m: Actors) -> None:
    """Ten orders without fault, paid, give a better tier."""
    trade = m.any_trade(SH_CODE)
    if trade.programme != SH_CODE:
        return
    m.give("change_credit_tier", enterprise_id=trade.firm, tier="C")
    numbers = [m.order(trade, gross=20_000 + 2 * each, net=18_000) for each in range(10)]
    if all(m.until(number, "paid") for number in numbers):
        m.give("reward_clean", subject=trade.firm, programme=SH_CODE, orders=tuple(numbers))


def a_tie_comes_to_light(m: Actors) -> None:
    """Enterprise and provider become tied at some step; signals hold money, and ties are looked at after payment."""
    trade = m.any_trade(SH_CODE)
    order_id = m.order(trade)
    if not m.until(order_id, m.pick(("registered", "requested", "approved", "settling", "paid"))):
        return
    tie = {"party": trade.firm, "other": trade.provider, "link_kind": m.pick(("control", "family", "same-account"))}
    m.give("record_link", **tie, share_bp=5_000, until_on="")
    m.until(order_id, "paid")
    m.give("raise_signal", order_id=order_id, signal=m.pick(("related-party", "price")))
    m.give("lift_hold", "officer:wu", order_id=order_id)
    m.give("end_link", **tie, until_on=add_days(m.town.on, 1))
    m.later(m.pick((1, 100, 200)))
    m.until(order_id, "paid")
    m.give("recheck_ties", order_id=order_id)


def samples_are_drawn_again(m: Actors) -> None:
    """The seed of a coming year, second checks of a half-year, and the seed revealed when its year is over."""
    m.give("commit_seed", programme=SH_CODE, from_on="2027-01-01")
    numbers = [m.order(trade) for trade in m.trades if trade.programme == SH_CODE for _ in range(4)]
    paid = tuple(number for number in numbers if m.until(number, "paid"))
    months = m.town.on[:5] + ("01-01" if m.town.on[5:] < "07-01" else "07-01")
    m.later(185)
    m.give("draw_rechecks", programme=SH_CODE, from_on=months, orders=paid)
    for number in paid:
        if m.town.ledger.state(REVIEW, m.state(number).redemption_id).recheck == "drawn":
            m.give("recheck", "reviewer:wang", order_id=number, outcome=m.pick(("in-order", "faulty")))
    m.till("2027-01-02")
    m.give("reveal_seed", programme=SH_CODE, period="2026")


def facts_change(m: Actors) -> None:
    """A firm moves, is struck off, comes back, becomes another one; findings are looked at and cleared."""
    trade = m.any_trade(SH_CODE)
    order_id = m.order(trade)
    m.until(order_id, m.pick(("registered", "requested", "approved", "settling", "paid")))
    m.later(1)
    news = m.pick(({"region": "320509"}, {"status": "revoked"}, {"staff": 5_000}, {"controller": "two"}))
    facts = dict(m.firm(trade.firm).facts) | news
    record = RecordFacts(trade.firm, m.town.on, "registry", DIGEST, facts)
    again = m.pick(((trade.programme,), ()))
    m.give("import_facts", records=(record,), programmes=(), judged=(), reassessed=again)
    m.give("reassess_enterprise", enterprise_id=trade.firm, programme=trade.programme)
    m.until(order_id, "paid")
    m.record(trade.firm, "correct_facts", region=trade.firm[2:8], status="active", staff=9)
    m.give("reassess_enterprise", enterprise_id=trade.firm, programme=trade.programme)
    for key in m.auditor.keys["entitlement"]:
        state = m.town.ledger.state(ENTITLEMENT, key)
        if state.findings or state.doubt:
            programme, period, firm = key.split("/")
            m.give("clear_findings", "officer:wu", programme=programme, period=period, enterprise_id=firm)
    m.give("entitle", programme=trade.programme, enterprises=(trade.firm,))


def a_firm_becomes_another(m: Actors) -> None:
    """A firm's place is taken by another one, which uses its vouchers; a source fails; a code is barred and allowed."""
    trade, successor = m.any_trade(), newcomer(m)
    order_id = m.order(trade)
    m.give("record_facts", enterprise_id=successor, facts=dict(m.firm(trade.firm).facts) | {"credit_code": successor})
    m.give(
        "record_succession", predecessor_id=trade.firm, successor_id=successor, programmes=(trade.programme,),
        succession=m.pick(("incorporation", "merger", "new-code")),
    )  # fmt: skip
    m.until(order_id, "paid")
    m.until(m.order(trade, enterprise_id=successor), "paid")
    source = m.pick(("registry", "credit"))
    m.give("report_outage", source_name=source)
    m.give("entitle", programme=trade.programme, enterprises=(successor,))
    m.later(2)
    m.give("end_outage", source_name=source)
    m.give("entitle", programme=trade.programme, enterprises=(successor,))
    code = "91350100M0001TGQXM"  # A real one, whose check character is wrong.
    m.give("allow_code", code=code)
    m.give("record_facts", enterprise_id=code, facts=facts_of_firm(code))
    m.give("bar_code", code=code)


def other_aid_is_declared(m: Actors) -> None:
    """Aid of another body takes room, and gives it back when it is withdrawn."""
    aided = [trade for trade in m.trades if (rule := m.policies[trade.programme].aid) and rule.scope]
    if not aided:
        return
    trade = m.pick(aided)
    rule = m.policies[trade.programme].aid
    assert rule is not None, "the programme counts aid"
    number = m.fresh("A")
    given = {"enterprise_id": trade.firm, "scope": rule.scope, "declaration_id": number}
    amount = m.pick((1, 1_000_000, rule.ceiling))
    m.give("declare_aid", **given, measure="another measure", granted_on=m.town.on, amount=amount)
    order_id = m.order(trade)
    m.until(order_id, m.pick(("registered", "approved", "paid")))
    m.give("withdraw_aid", **given)
    m.until(m.order(trade), "paid")
    m.give("cancel_order", "enterprise:firm", order_id=order_id)


def a_platform_is_supported(m: Actors) -> None:
    """A platform states its income; its support is decided by another person, and paid."""
    given = {"programme": PLATFORMS, "provider_id": PLATFORM, "period": m.pick(("2026", "2027"))}
    total = m.pick((0, 1_000_000_000))
    m.give(
        "state_income", **given, market_income=total * m.pick((0, 4)) // 10, total_income=total,
        performance_bp=m.pick((0, 9_000)),
    )  # fmt: skip
    pool = {"programme": PLATFORMS, "period": given["period"], "pool": "support"}
    m.give("appropriate", **pool, amount=2_000_000_000)
    m.give("decide_support", "officer:wu", **given)
    m.give("pay_support", "finance:sun", **given)


def value_is_given_back(m: Actors) -> None:
    """Value is returned and taken again; a voucher is extended, revoked, expires, and its rest goes on."""
    trade = m.any_trade(QUEUE)
    voucher = {"voucher_id": trade.voucher_id}
    m.give("return_value", "enterprise:firm", **voucher, amount=1_000)
    m.give("restore_value", "enterprise:firm", **voucher, amount=m.pick((400, 1_000, 1_001)))
    order_id = m.order(trade)
    what = m.pick(("extend_voucher", "revoke_voucher", "carry_over_voucher", "expire_voucher"))
    if what == "extend_voucher":
        m.give(what, **voucher, use_by_on="2027-03-31", redeem_by_on="2027-06-30")
        m.till(m.pick(("2027-01-15", "2027-04-01")))
        m.until(order_id, "paid")
        m.order(trade)
    elif what == "revoke_voucher":
        m.give(what, **voucher)
    else:
        m.till("2027-01-01")
        if what == "carry_over_voucher":
            m.give("entitle", programme=trade.programme, enterprises=(trade.firm,))
        m.give(what, **voucher)
        m.give("lapse_order", order_id=order_id) if order_id else None
        m.give("cancel_order", "enterprise:firm", order_id=order_id) if order_id else None


def a_programme_comes_and_goes(m: Actors) -> None:
    """A new programme is announced, gets a policy, and is closed; the policy of another one changes."""
    code = f"NEW-{m.numbers}"
    m.numbers += 1
    m.give(
        "announce",
        programme=code,
        title="A new one",
        authority="Commission",
        currency="CNY",
        sampling_commitment=DIGEST,
    )
    found = revised("sh-stiv-2025", "1", code=code, cap_scope=code)
    m.give("adopt_policy", **{name: getattr(found, name) for name in found.__dataclass_fields__})
    m.give("appropriate", programme=code, period="2026", pool="TEST", amount=5_000_000)
    m.give("entitle", programme=code, enterprises=(PUDONG, CHANGNING))
    m.give("preview_order", "enterprise:firm", **_order_of(m, code))
    m.give("close_programme", programme=code)
    m.give("register_order", "enterprise:firm", **_order_of(m, code))


def _order_of(m: Actors, code: str) -> dict[str, object]:
    trade, on = m.trades[0], m.town.on
    return {
        "order_id": m.fresh("O"),
        "voucher_id": voucher_of(PUDONG, code),
        "enterprise_id": PUDONG,
        "provider_id": trade.provider,
        "category": "TEST",
        "contract_digest": f"{m.numbers:064x}",
        "contract_on": on,
        "starts_on": on,
        "ends_on": on,
        "gross": 10_000,
        "net": 10_000,
    }


TALES = (
    a_provider_joins,
    a_provider_keeps_its_entry,
    a_provider_is_removed,
    money_comes_back,
    the_bank_answers_anything,
    a_bank_is_told_and_tells,
    budgets_move,
    somebody_is_sanctioned,
    ten_clean_orders_are_rewarded,
    a_tie_comes_to_light,
    samples_are_drawn_again,
    facts_change,
    a_firm_becomes_another,
    other_aid_is_declared,
    a_platform_is_supported,
    value_is_given_back,
    a_programme_comes_and_goes,
)
