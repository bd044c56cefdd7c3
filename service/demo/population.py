"""Invented enterprises and providers of four provinces: valid codes, every size and sector, the same for one seed."""

import csv
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from vouchers.divisions import DIVISIONS, name_of
from vouchers.identifiers import make_credit_code
from vouchers.policy.sizes import CHINA_2011_300, Thresholds

ENTERPRISE_HEADER: Final = (
    *("统一社会信用代码", "企业名称", "注册地行政区划代码", "成立日期", "行业", "从业人员", "营业收入（万元）"),
    *(
        "资产总额（万元）",
        "注册资本（万元）",
        "类型",
        "实际控制人",
        "名单",
        "经营状态",
        "信用等级",
        "孵化器",
        "关联机构",
    ),
)
PROVIDER_HEADER: Final = (
    *(
        "统一社会信用代码",
        "机构名称",
        "机构类型",
        "注册地行政区划代码",
        "成立日期",
        "资质",
        "服务类别",
        "账户编号",
        "实际控制人",
    ),
    "黑名单",
)

# Where firms are: the areas of the delta programme more often than elsewhere, as its files would be.
_PLACES: Final = (
    (60, tuple(code for code in DIVISIONS if code.startswith("31") and code[2:4] != "00")),
    (10, ("320509",)),
    (6, ("320583", "320100", "320200")),
    (10, ("330421",)),
    (6, ("330402", "330100", "330600")),
    (6, ("340500",)),
    (2, ("340100", "340200")),
)
_SIZES: Final = (("micro", 58), ("small", 27), ("medium", 11), ("large", 4))
_WAN: Final = 1_000_000

# Kind of provider: share, what it holds, what it offers.
_PROVIDER_KINDS: Final = (
    ("lab", 30, "CMA|CNAS", ("TEST", "RND")),
    ("institute", 20, "CMA|sharing-network", ("RND", "TEST", "INSTR", "CONSULT")),
    ("firm", 15, "CNAS|sharing-network", ("RND", "TEST", "INSTR")),
    ("platform", 10, "sharing-network", ("INSTR",)),
    ("transfer", 8, "", ("TRANS",)),
    ("poc-centre", 6, "", ("POC",)),
    ("patent-agency", 14, "agency-licence", ("PATENT",)),
    ("insurer", 5, "", ("INSUR",)),
    ("consultancy", 9, "", ("CONSULT",)),
    ("training-base", 3, "", ("TECHMGR",)),
)


def make_enterprises(count: int, seed: int, *, year: int = 2026) -> Iterator[dict[str, Any]]:
    """Enterprises as a registry has them at the end of the year before: every size, every sector, some ineligible."""
    chance = random.Random(seed)  # noqa: S311 - the same year again, and no secret.
    for number in range(1, count + 1):
        region = chance.choice(chance.choices(_PLACES, [share for share, _ in _PLACES])[0][1])
        sector = number % 16 + 1
        size = chance.choices([size for size, _ in _SIZES], [share for _, share in _SIZES])[0]
        staff, revenue, assets = _measures(chance, sector, size)
        form = _form(chance)
        yield {
            "enterprise_id": make_credit_code("9", "1", region, number),
            "name": f"{name_of(region, chinese=True)}示例{number:07d}有限公司",
            "region": region,
            "registered_on": f"{year - chance.randint(1, 18)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "sector": sector,
            "staff": "" if chance.randrange(100) == 0 else staff,
            "revenue": revenue,
            "assets": assets,
            "registered_capital": chance.choice((10, 50, 100, 500, 1_000)),
            "legal_form": form,
            # One controller in twelve has several firms, which share one yearly limit.
            "controller": f"C-{number - number % 3 if number % 36 < 3 else number:07d}",  # noqa: PLR2004
            "lists": _lists(chance),
            "status": chance.choices(("存续", "吊销", "注销"), (98, 1, 1))[0],
            "credit_tier": chance.choices("ABCD", (20, 65, 12, 3))[0],
            "in_incubator": "是" if form == "team" or chance.randrange(20) == 0 else "否",
            "linked_providers": "",
        }


def make_providers(count: int, seed: int, *, year: int = 2026) -> list[dict[str, Any]]:
    """Providers of every kind in four provinces, accredited for the year."""
    chance = random.Random(f"providers {seed}")  # noqa: S311 - as above.
    places = [place for _, group in _PLACES for place in group]
    total = sum(share for _, share, _, _ in _PROVIDER_KINDS)
    providers: list[dict[str, Any]] = []
    for number in range(count):
        kind, held, offers = _provider_kind(number * total // count)
        region = places[(number * 7) % len(places)]
        code = make_credit_code("9", "1", region, 600_000_000 + number)
        providers.append(
            {
                "provider_id": code,
                "name": f"{name_of(region, chinese=True)}{_KIND_NAMES[kind]}{number + 1:03d}",
                "kind": kind,
                "region": region,
                "founded_on": f"{year - chance.randint(3, 30)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
                "qualifications": held,
                "accreditations": "|".join(f"{category}:{year}-01-01:{year + 2}-12-31" for category in offers),
                "account_ref": f"acct:{code[-10:]}",
                "controller": f"P-{number:05d}",
                "lists": "",
            }
        )
    return providers


def write_enterprises(path: Path, enterprises: Iterable[dict[str, Any]]) -> None:
    """Write a registry file with Chinese headers, money in 10,000 yuan."""
    columns = (
        *("enterprise_id", "name", "region", "registered_on", "sector", "staff", "revenue", "assets"),
        *("registered_capital", "legal_form", "controller", "lists", "status", "credit_tier", "in_incubator"),
        "linked_providers",
    )
    _write(path, ENTERPRISE_HEADER, columns, enterprises)


def write_providers(path: Path, providers: Iterable[dict[str, Any]]) -> None:
    """Write a provider file with Chinese headers."""
    columns = (
        *("provider_id", "name", "kind", "region", "founded_on", "qualifications", "accreditations", "account_ref"),
        *("controller", "lists"),
    )
    _write(path, PROVIDER_HEADER, columns, providers)


def spoil(path: Path) -> None:
    """Add rows to a registry file as they come in life: slips, a person's number, broken text, the same firm twice."""
    lines = path.read_bytes().splitlines()
    cells = lines[1].decode().split(",")

    def row(**changes: str) -> bytes:
        return ",".join(changes.get(f"at{at}", cell) for at, cell in enumerate(cells)).encode()

    bad = (
        row(at0=cells[0][:-1] + ("0" if cells[0][-1] != "0" else "1")),
        row(at0=cells[0][:-1]),
        row(at2="310999"),
        row(at3="2023-02-30"),
        row(at5="-3"),
        row(at6="约一千万"),
        row(at10="11010519491231002X"),
        row(at5="77"),
        lines[2],
        lines[3] + b",extra",
        b"9131\xb9\xab\xcb\xbe" + lines[4],
    )
    path.write_bytes(b"\r\n".join((*lines, *bad)) + b"\r\n")


def _write(path: Path, header: tuple[str, ...], columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([row[column] for column in columns] for row in rows)


def _measures(chance: random.Random, sector: int, size: str) -> tuple[int, int, int]:
    """Staff in persons, revenue and assets in 10,000 yuan, of a firm of this size in its sector."""
    row = CHINA_2011_300[sector]
    found = {"staff": chance.randint(1, 400), "revenue": chance.randint(10, 9_000), "assets": chance.randint(10, 9_000)}
    for at, measure in enumerate(row.measures):
        low, high = _bounds(row, at, size)
        unit = 1 if measure == "staff" else _WAN
        found[measure] = chance.randint(max(1, low // unit), max(1, (high - 1) // unit))
    return found["staff"], found["revenue"], found["assets"]


def _bounds(row: Thresholds, at: int, size: str) -> tuple[int, int]:
    small, medium, ceiling = row.small[at], row.medium[at], row.ceilings[at]
    # In one sector a floor of small lies above that of medium; the numbers stay in order all the same.
    marks = sorted((small, medium, ceiling))
    low, high = {
        "micro": (0, marks[0]),
        "small": (marks[0], marks[1]),
        "medium": (marks[1], marks[2]),
        "large": (marks[2], 2 * marks[2]),
    }[size]
    return low, max(high, low + 1)


def _form(chance: random.Random) -> str:
    return chance.choices(("公司", "个体工商户", "team", "技术转移机构", "合作社"), (88, 6, 2, 2, 2))[0]


def _lists(chance: random.Random) -> str:
    if chance.randrange(25):
        return ""
    return chance.choice(("严重违法失信", "经营异常", "科研失信", "经营异常；欠税", "欠税"))


def _provider_kind(place: int) -> tuple[str, str, tuple[str, ...]]:
    for kind, share, held, offers in _PROVIDER_KINDS:
        if place < share:
            return kind, held, offers
        place -= share
    raise AssertionError("every place belongs to a kind")


_KIND_NAMES: Final = {
    "lab": "检测实验室",
    "institute": "研究院",
    "firm": "技术服务公司",
    "platform": "公共服务平台",
    "transfer": "技术转移中心",
    "poc-centre": "概念验证中心",
    "patent-agency": "专利代理机构",
    "insurer": "科技保险公司",
    "consultancy": "科技咨询公司",
    "training-base": "技术经理人培训基地",
}
