"""The settings of money out and in: our accounts at banks, and how a bank writes its tables."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.banking.numbers import check_bank_code, check_bic, check_holder, check_iban, check_number
from service.configuring import named, setting, table
from vouchers.money import exponent_of

ENCODINGS = ("utf-8", "gbk", "gb18030", "latin-1")
CHARACTERS = ("any", "latin")
CHARGES = ("SLEV", "SHAR", "DEBT", "CRED")
SERVICES = ("", "SEPA", "NURG", "URGP", "SDVA")
DAYS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")


@dataclass(frozen=True, slots=True)
class Columns:
    """How a bank writes a table of bookings: the headings of its columns, and how days and amounts stand there."""

    encoding: str = setting("utf-8", "How characters are written; a mark of UTF-8 is understood.", among=ENCODINGS)
    delimiter: str = setting(",", "What stands between cells.", among=(",", ";", "\t", "|"))
    skip: int = setting(0, "Lines before the headings.", most=50)
    day: str = setting("date", "Heading of the day of the booking.")
    day_form: str = setting("%Y-%m-%d", "How a day is written.", among=DAYS)
    amount: str = setting("", "Heading of the amount, where one column has it: below zero, or with a side.")
    side: str = setting("", "Heading of the side of the amount.")
    debit: str = setting("D", "The word of the side for money that left.")
    credit: str = setting("C", "The word of the side for money that came.")
    paid_out: str = setting("", "Heading of the column for money that left, where two columns have amounts.")
    paid_in: str = setting("", "Heading of the column for money that came.")
    balance: str = setting("", "Heading of the balance after the booking; with it every line is checked.")
    currency: str = setting("", "Heading of the currency; without it, that of the account.")
    reference: str = setting("", "Heading of the bank's number of the booking.")
    payment: str = setting("", "Heading of our number of the payment, where the bank has a column for it.")
    text: str = setting("", "Heading of the text, in which our numbers are looked for.")
    party: str = setting("", "Heading of the other side's name.")
    decimal: str = setting(".", "What stands before decimals.", among=(".", ","))


@dataclass(frozen=True, slots=True)
class OurAccount:
    """An account at a bank from which programmes are paid."""

    programmes: tuple[str, ...] = setting((), "Codes of the programmes that it pays; those of no account are refused.")
    holder: str = setting("", "Its holder as the bank writes it.", check=lambda text: text and check_holder(text))
    iban: str = setting("", "Its IBAN.", check=lambda text: text and check_iban(text))
    number: str = setting("", "Its number, where it has no IBAN.", check=lambda text: text and check_number(text))
    bic: str = setting("", "The BIC of the bank.", check=lambda text: text and check_bic(text))
    bank_code: str = setting("", "The bank's code in its clearing.", check=lambda text: text and check_bank_code(text))
    currency: str = setting("CNY", "Its currency.", check=exponent_of)
    service: str = setting("", "Service level of payments (ISO 20022), where the bank asks for one.", among=SERVICES)
    charges: str = setting("SHAR", "Who bears the bank's charges (ISO 20022).", among=CHARGES)
    characters: str = setting("any", "Which characters the bank takes in names.", among=CHARACTERS)
    columns: Columns = table(Columns)

    @property
    def key(self) -> str:
        """What the bank knows it by, without blanks."""
        return (self.iban or self.number).replace(" ", "").upper()


@dataclass(frozen=True, slots=True)
class Banking:
    """Our accounts, and how much a bank may send at once."""

    accounts: Mapping[str, OurAccount] = named("An account at a bank, by a name of ours.")
    largest_file: int = setting(20_000_000, "Bytes of a bank's file.", least=1_000, most=200_000_000)
    most_lines: int = setting(50_000, "Lines of a bank's file.", least=1, most=500_000)
