"""Our account at a bank of the tests, what stands behind the payees' references, and files as people see them."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from service.banking import vault
from service.banking.settings import Banking, Columns, OurAccount
from service.banking.vault import Entry
from tests.examples import SH_CODE
from tests.service.clients import NOON, Api

OUR_NUMBER = "440301500900123456"
COLUMNS = Columns(
    encoding="gbk",
    day="日期",
    day_form="%Y%m%d",
    paid_out="借方",
    paid_in="贷方",
    balance="余额",
    reference="流水号",
    text="摘要",
    party="对方户名",
)
OURS = OurAccount(
    programmes=(SH_CODE,),
    holder="上海市科技创新券中心",
    number=OUR_NUMBER,
    bank_code="102290000001",
    currency="CNY",
    columns=COLUMNS,
)
PAYEES = {"account:1": ("上海检测实验室", "6222021001122334455")}


def open_bank(api: Api, **changes: Any) -> None:
    """Give an installation its account at a bank, and let two people enter the account of its laboratory."""
    ours = replace(OURS, **changes)
    api.service.settings = replace(api.service.settings, banking=Banking(accounts={"main": ours}))
    for reference, (holder, number) in PAYEES.items():
        know(api, reference, holder, number)


def know(api: Api, reference: str, holder: str, number: str, **more: str) -> None:
    """Enter and approve the account behind a reference."""
    entry = Entry(reference, holder, number=number, entered_by="finance:sun", entered_at=NOON, **more)
    vault.enter(api.service.desk, entry)
    vault.approve(api.service.desk, reference, number, by="finance:qian", at=NOON)


def approved_batch(api: Api, *orders: str, key: str | None = None) -> str:
    """The number of a batch of these orders that two people approved."""
    answer = api.post("/v1/settlements", {"programme": SH_CODE, "orders": list(orders)}, "finance", key)
    assert answer.status_code == 201, answer.json
    settlement_id = str(answer.json["settlement_id"])
    answer = api.post(f"/v1/settlements/{settlement_id}/approval", {}, "second-finance")
    assert answer.status_code == 200, answer.json
    return settlement_id


def texts(content: bytes, name: str) -> list[str]:
    """The texts of all elements of a name, whatever the namespace."""
    return [each.text or "" for each in ET.fromstring(content).iter() if each.tag.rpartition("}")[2] == name]
