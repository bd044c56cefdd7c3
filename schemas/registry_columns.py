"""What registry files may call their columns and their words: Chinese and English names of everything we read.

| column (our name) | what it holds |
|---|---|
| enterprise_id, provider_id | unified social credit code (18 characters); for a firm abroad its registration number |
| name | published name; kept for providers, never kept for enterprises |
| as_of_on | the day that the line speaks of, YYYY-MM-DD; without the column, one day for the whole file |
| region | division code (six digits) of the registered address; abroad a code such as IE or GB-NIR |
| country | two letters, CN where the column is missing |
| registered_on, founded_on | days YYYY-MM-DD, of the years 1000 to 2199 |
| sector | 1..16 of the Chinese size classes, or the sector's name |
| staff | persons |
| revenue, revenue_previous, assets, registered_capital, aid_five_years | money in yuan, or in what the header says |
| legal_form, status, credit_tier, lists | words of WORDS |
| controller | an opaque reference to whoever controls the firm, never a resident identity number |
| linked_providers | credit codes of tied providers |
| in_incubator, vat_deductible, sound_finance, is_listed, substantive_business | yes or no |
| research_aid_five_years, in_needy_region | yes or no |
| public_share_bp | share in public hands, basis points: 2500 is a quarter |
| project_needs | what a team's project needs |
| kind, qualifications, accreditations, account_ref | kind, certificates, CATEGORY:FROM:UNTIL, account |
| consultants | how many consultants a consultancy has |
| admitted_by | the region whose science department admitted the provider, such as 32 |

Several values in one cell are parted by | or ; or the Chinese marks ； and 、.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column: our name, how its cells are read, whether it must be there, and what files call it."""

    name: str
    reads: (
        str  # code | day | region | country | sector | count | money | word | words | codes | flag | reference | text
    )
    names: tuple[str, ...]
    required: bool = False


def _column(name: str, reads: str, others: str, *, required: bool = False) -> Column:
    return Column(name, reads, (name, *others.split()), required)


_SHARED: Final = (
    _column("as_of_on", "day", "asof date 截至日期 数据日期 统计日期"),
    _column("region", "region", "division district 注册地行政区划代码 行政区划代码 行政区划 注册地 登记机关区划"),
    _column("country", "country", "国家 国别"),
    _column("lists", "words", "blacklists 名单 失信名单 黑名单"),
    _column("controller", "reference", "controllerref actualcontroller 实际控制人 实际控制人编号 控制人"),
)
ENTERPRISE_COLUMNS: Final = (
    _column(
        "enterprise_id",
        "code",
        "creditcode uscc code 统一社会信用代码 社会信用代码 信用代码",
        required=True,
    ),
    *_SHARED,
    _column("registered_on", "founding", "established founded 成立日期 注册日期 登记日期"),
    _column("sector", "sector", "industry 行业 所属行业 行业类别"),
    _column("staff", "count", "employees headcount 从业人员 从业人数 职工人数 员工人数"),
    _column("revenue", "money", "turnover sales 营业收入 年营业收入"),
    _column("revenue_previous", "money", "previousrevenue 上年营业收入 上年度营业收入"),
    _column("assets", "money", "totalassets 资产总额 总资产"),
    _column("registered_capital", "money", "capital 注册资本"),
    _column("aid_five_years", "money", "aid 五年内补助"),
    _column("legal_form", "word", "form type 类型 企业类型 主体类型"),
    _column("status", "word", "经营状态 登记状态 状态"),
    _column("credit_tier", "word", "credit tier 信用等级 信用评级"),
    _column("linked_providers", "codes", "related 关联机构 关联服务机构"),
    _column("in_incubator", "flag", "incubator 入驻孵化器 孵化器"),
    _column("vat_deductible", "flag", "vat 可抵扣 进项可抵扣"),
    _column("sound_finance", "flag", "soundfinance 财务健全"),
    _column("is_listed", "flag", "listed 上市 是否上市"),
    _column("substantive_business", "flag", "实质业务"),
    _column("research_aid_five_years", "flag", "researchaid 五年内研发补助"),
    _column("in_needy_region", "flag", "needyregion 欠发达地区"),
    _column("public_share_bp", "count", "publicshare 国有股比例基点"),
    _column("project_needs", "words", "needs 项目需求"),
)
PROVIDER_COLUMNS: Final = (
    _column(
        "provider_id",
        "code",
        "creditcode uscc code 统一社会信用代码 社会信用代码 信用代码",
        required=True,
    ),
    _column("name", "text", "providername 机构名称 名称 单位名称 服务机构名称", required=True),
    *_SHARED,
    _column("kind", "word", "type 类型 机构类型 机构类别", required=True),
    _column("founded_on", "founding", "established 成立日期"),
    _column("qualifications", "words", "certificates 资质 资质证书"),
    _column("accreditations", "periods", "categories 服务类别 认定类别 认定"),
    _column("account_ref", "reference", "account 账户 账户编号 收款账户"),
    _column("consultants", "count", "咨询师人数"),
    _column("admitted_by", "reference", "admittedby 认定地区 入库地区"),
)
# Understood, and left out on purpose: the log keeps no names of enterprises and nothing about persons.
_PERSONAL: Final = (
    *("legalrepresentative", "法定代表人", "法人", "contact", "联系人", "phone", "电话", "联系电话", "手机"),
    *("email", "邮箱", "address", "地址", "注册地址", "住所", "remark", "备注", "no", "序号"),
)
NOT_KEPT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "enterprise": ("name", "enterprisename", "companyname", "企业名称", "名称", "单位名称", *_PERSONAL),
        "provider": _PERSONAL,
    }
)

# The header says the unit in brackets or as its ending: 营业收入（万元）, revenue_wan. One unit in minor units.
UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "元": 2,
        "yuan": 2,
        "cny": 2,
        "rmb": 2,
        "eur": 2,
        "万元": 6,
        "wan": 6,
        "10,000yuan": 6,
        "分": 0,
        "fen": 0,
        "cent": 0,
    }
)

_SECTOR_NAMES: Final = """
1 farming agriculture 农林牧渔业 农业|2 industry manufacturing 工业 制造业 采矿业
3 construction 建筑业|4 wholesale 批发业|5 retail 零售业|6 transport 交通运输业
7 storage warehousing 仓储业|8 post 邮政业|9 lodging 住宿业|10 catering 餐饮业
11 telecoms informationtransmission 信息传输业|12 software itservices 软件和信息技术服务业 软件业
13 realestate realestatedevelopment 房地产开发经营 房地产业|14 propertymanagement 物业管理
15 leasing leasingandbusinessservices 租赁和商务服务业|16 other research 其他 其他未列明行业 科学研究和技术服务业
"""
SECTORS: Final[Mapping[str, int]] = MappingProxyType(
    {
        word: int(entry.split()[0])
        for entry in _SECTOR_NAMES.replace("\n", "|").split("|")
        if entry
        for word in entry.split()
    }
)


def _words(table: str) -> Mapping[str, str]:
    """Every spelling of every word, to the word itself: the first of each entry."""
    entries = [entry.split() for entry in table.split("|")]
    return MappingProxyType({spelling: entry[0] for entry in entries for spelling in entry})


WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "legal_form": _words(
            "company 公司 企业 有限责任公司 有限公司 股份有限公司|sole_trader soletrader 个体工商户 个人独资企业"
            "|team 团队 创业团队|transfer_institution transferinstitution 技术转移机构|institute 事业单位 科研院所"
            "|science_park sciencepark 科技园 科技园区|association 社会团体 社会组织|cooperative 农民专业合作社 合作社"
        ),
        "status": _words(
            "active 存续 在业 开业 在营 正常|suspended 停业 歇业|revoked 吊销|struck_off struckoff 除名"
            "|bankrupt 破产 破产清算|deregistered 注销|moved 迁出"
        ),
        "credit_tier": _words("A a 优秀|B b 良好|C c 一般|D d 差"),
        "lists": _words(
            "serious-dishonesty 严重违法失信 严重失信|abnormal-operation 经营异常 经营异常名录"
            "|integrity-breach 科研失信 科研诚信失信|tax-arrears 欠税"
        ),
        "kind": _words(
            "lab 实验室 检测机构|institute 科研院所 高校 大学|firm 企业 公司|platform 平台 公共服务平台"
            "|transfer 技术转移机构|poc-centre 概念验证中心|patent-agency 专利代理机构|insurer 保险公司 保险机构"
            "|consultancy 咨询机构|training-base 培训基地|research-institution|ip-office|ip-expert|knowledge-provider"
            "|venue 会议场所"
        ),
        "project_needs": _words("testing 检测|research-and-development 研发"),
        "qualifications": _words(
            "CMA cma 检验检测资质|CNAS cnas 实验室认可|sharing-network 共享平台 仪器共享|agency-licence 代理执业许可"
            "|category-A+|category-A|category-B|accredited-laboratory"
        ),
    }
)
FLAGS: Final[Mapping[str, bool]] = MappingProxyType(
    {"true": True, "yes": True, "1": True, "是": True, "有": True, "false": False, "no": False, "0": False}
    | {"否": False, "无": False}
)
NOTHING: Final = frozenset({"", "无", "none", "-", "—"})
