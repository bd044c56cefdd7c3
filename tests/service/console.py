"""A clerk at the command line in a folder of its own: what is typed, what comes back."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from service.cli import program
from tests.examples import LAB, PUDONG

ROOT = Path(__file__).parent.parent.parent
FIRMS = (
    "统一社会信用代码,企业名称,注册地行政区划代码,成立日期,行业,从业人员,营业收入(万元),资产总额,注册资本,类型,实际控制人,名单,经营状态,信用等级\n"
    '{code},甲,310115,2019-01-01,12,9,900,"1,000,000.00",1000000,有限责任公司,c1,无,存续,{tier}\n'
)
PROVIDERS = (
    "credit_code,name,kind,region,founded_on,qualifications,accreditations,account_ref\n"
    "{code},Shanghai Test Lab,lab,310104,2010-01-01,CMA,TEST:2026-01-01:2026-12-31,acct:1\n"
)
CONTRACT = ("--contract", "contract.pdf", "--from", "2026-02-02", "--until", "2026-03-01")
PRICE = ("--gross", "10,000.00", "--net", "9,433.96")


@dataclass
class Console:
    """The program `vouchers`, run in this process with a data folder."""

    folder: Path

    def run(self, *typed: str) -> Result:
        """What the program answers."""
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            result = CliRunner(env={"VOUCHERS_DATA": None, "VOUCHERS_AS": None}).invoke(program, list(typed))
        finally:
            os.chdir(before)
        # An exception that is not an exit would have been a traceback on a clerk's screen.
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def tell(self, *typed: str, code: int = 0) -> str:
        """What a person reads on standard output."""
        result = self.run(*typed)
        assert result.exit_code == code, f"{typed} ended with {result.exit_code}: {result.output}"
        return result.stdout

    def ask(self, *typed: str, code: int = 0) -> Any:
        """What a program reads."""
        return json.loads(self.tell(*typed, "--json", code=code))

    def refused(self, *typed: str, code: int = 1) -> str:
        """The code of a refusal."""
        stable: str = self.ask(*typed, code=code)["refused"]["code"]
        return stable

    def write(self, name: str, text: str) -> str:
        """A file in the folder."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def spawn(self, *typed: str, **options: Any) -> "subprocess.Popen[str]":
        """The program as a process of its own."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        return subprocess.Popen(
            [sys.executable, "-m", "service", *typed],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )


def an_office(folder: Path, *stores: str) -> Console:
    """A data folder with the Shanghai programme in force, a budget for every pool, and the documents of an order."""
    console = Console(folder)
    console.ask("init", *stores)
    adopt = ("policy", "adopt", "sh-stiv", "--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask(*adopt, "--on", "2026-01-01")
    money = ("--pool", "all", "--amount", "1,000,000.00", "--reference", "act 7")
    console.ask("budget", "appropriate", "SH-STIV", "2026", *money, "--on", "2026-01-01")
    for name in ("contract.pdf", "report.pdf", "proof.pdf"):
        console.write(name, name)
    return console


def an_entitled_firm(folder: Path, *stores: str, tier: str = "B") -> tuple[Console, str]:
    """An office with one enterprise and one provider; the number of the enterprise's voucher."""
    console = an_office(folder, *stores)
    console.write("firms.csv", FIRMS.format(code=PUDONG, tier=tier))
    console.write("providers.csv", PROVIDERS.format(code=LAB))
    console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-01")
    console.ask("registry", "import", "providers.csv", "--providers", "--on", "2026-01-01")
    console.ask("entitle", "SH-STIV", "--on", "2026-01-02")
    [voucher] = console.ask("balance", PUDONG)["vouchers"]
    return console, voucher["voucher_id"]


def an_order(console: Console, voucher: str, *more: str) -> str:
    """An order for a test of 10,000 yuan; its number."""
    typed = ("order", "register", voucher, "--provider", LAB, "--category", "TEST", *CONTRACT, *PRICE)
    number: str = console.ask(*typed, "--on", "2026-02-01", *more)["order_id"]
    return number


def an_invoiced_order(console: Console, voucher: str) -> str:
    """The order with its delivery accepted and its invoice filed."""
    number = an_order(console, voucher)
    console.ask("deliver", number, "--report", "report.pdf", "--on", "2026-03-01")
    invoice = ("--number", "25310000000000000001", "--gross", "9,000", "--net", "8,490.57")
    console.ask("invoice", number, *invoice, "--on", "2026-03-02")
    return number


EVIDENCE = tuple(
    typed
    for kind in ("test_report", "own_share_payment_proof", "acceptance", "site_visit")
    for typed in ("--evidence", f"{kind}=proof.pdf")
)
