"""What the addresses of figures and lists may ask for."""

from schemas.requests import PageQuery, PlainQuery
from schemas.values import Checked, ChoiceUnknown, credit_code, day, name, text, whole
from vouchers.texts import check_path

_FIRST_YEAR, _LAST_YEAR = 1990, 2199


def typed_flag() -> Checked:
    """True or false, as an address has it."""

    def check(value: object) -> bool:
        if value not in ("true", "false"):
            raise ChoiceUnknown(remedy="Use true or false.")
        return value == "true"

    return Checked(check, {"type": "string", "enum": ["true", "false"]})


def party() -> Checked:
    """The code of a firm, or the reference of a controller or a person."""
    return Checked(check_path, {"type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,128}$"})


class YearQuery(PlainQuery):
    """Which period of a programme: the one that begins in a year; as read on a day."""

    year = whole(_FIRST_YEAR, _LAST_YEAR)
    on = day()


class UnusedQuery(PageQuery):
    """Which period of a programme: the one that begins in a year."""

    year = whole(_FIRST_YEAR, _LAST_YEAR)


class PeriodQuery(PlainQuery):
    """Which period of a programme; the latest without one."""

    period = text(longest=40)


class DayQuery(PlainQuery):
    """Which day; today without one."""

    on = day()


class ProductsQuery(PageQuery):
    """Which products: those of a provider or a category that are on offer on a day, today without one."""

    provider_id = credit_code()
    category = name()
    on = day()


class DemandsQuery(PageQuery):
    """Which demands: those of a category or an enterprise that take offers on a day."""

    category = name()
    enterprise_id = credit_code()
    on = day()


class ApplicationsQuery(PageQuery):
    """Which applications: those at a step, or those whose public notice runs on a day."""

    status = name()
    on = day()


class FindingsQuery(PageQuery):
    """Which findings: those of an enterprise, of a programme."""

    enterprise_id = credit_code()
    programme = name()


class ActsQuery(PageQuery):
    """Which acts: those against a party, or those with an open appeal."""

    subject = party()
    appealed = typed_flag()


class LinksQuery(PlainQuery):
    """Whose links."""

    party = Checked(check_path, {"type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,128}$"}, required=True)


class DebtsQuery(PageQuery):
    """Which debts: those of a party or a programme; also what is paid or written off."""

    party_id = credit_code()
    programme = name()
    ended = typed_flag()


class SinceQuery(PlainQuery):
    """Since which day; the year's first without one."""

    since_on = day()


class PaymentsQuery(PlainQuery):
    """Which payments: those of the days from..until, of a programme."""

    from_on = day(required=True)
    until_on = day(required=True)
    programme = name()


class MonthsQuery(PlainQuery):
    """Which clearings: all, or those of a programme."""

    programme = name()
