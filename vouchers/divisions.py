"""Administrative divisions of China (GB/T 2260): what a registered address is keyed on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from vouchers.refusals import Malformed

_LENGTH: Final = 6

# All provinces; districts of Beijing and Shanghai; cities and some counties of Jiangsu, Zhejiang and Anhui.
_TABLE: Final = """
11 Beijing 北京|12 Tianjin 天津|13 Hebei 河北|14 Shanxi 山西|15 Inner Mongolia 内蒙古|21 Liaoning 辽宁|22 Jilin 吉林
23 Heilongjiang 黑龙江|31 Shanghai 上海|32 Jiangsu 江苏|33 Zhejiang 浙江|34 Anhui 安徽|35 Fujian 福建|36 Jiangxi 江西
37 Shandong 山东|41 Henan 河南|42 Hubei 湖北|43 Hunan 湖南|44 Guangdong 广东|45 Guangxi 广西|46 Hainan 海南
50 Chongqing 重庆|51 Sichuan 四川|52 Guizhou 贵州|53 Yunnan 云南|54 Xizang 西藏|61 Shaanxi 陕西|62 Gansu 甘肃
63 Qinghai 青海|64 Ningxia 宁夏|65 Xinjiang 新疆|71 Taiwan 台湾|81 Hong Kong 香港|82 Macao 澳门
110101 Dongcheng 东城|110102 Xicheng 西城|110105 Chaoyang 朝阳|110106 Fengtai 丰台|110107 Shijingshan 石景山
110108 Haidian 海淀|110109 Mentougou 门头沟|110111 Fangshan 房山|110112 Tongzhou 通州|110113 Shunyi 顺义
110114 Changping 昌平|110115 Daxing 大兴|110116 Huairou 怀柔|110117 Pinggu 平谷|110118 Miyun 密云|110119 Yanqing 延庆
310101 Huangpu 黄浦|310104 Xuhui 徐汇|310105 Changning 长宁|310106 Jing'an 静安|310107 Putuo 普陀|310109 Hongkou 虹口
310110 Yangpu 杨浦|310112 Minhang 闵行|310113 Baoshan 宝山|310114 Jiading 嘉定|310115 Pudong 浦东|310116 Jinshan 金山
310117 Songjiang 松江|310118 Qingpu 青浦|310120 Fengxian 奉贤|310151 Chongming 崇明
3201 Nanjing 南京|3202 Wuxi 无锡|3203 Xuzhou 徐州|3204 Changzhou 常州|3205 Suzhou 苏州|3206 Nantong 南通
3207 Lianyungang 连云港|3208 Huai'an 淮安|3209 Yancheng 盐城|3210 Yangzhou 扬州|3211 Zhenjiang 镇江|3212 Taizhou 泰州
3213 Suqian 宿迁|320509 Wujiang 吴江|320583 Kunshan 昆山
3301 Hangzhou 杭州|3302 Ningbo 宁波|3303 Wenzhou 温州|3304 Jiaxing 嘉兴|3305 Huzhou 湖州|3306 Shaoxing 绍兴
3307 Jinhua 金华|3308 Quzhou 衢州|3309 Zhoushan 舟山|3310 Taizhou 台州|3311 Lishui 丽水
330402 Nanhu 南湖|330421 Jiashan 嘉善
3401 Hefei 合肥|3402 Wuhu 芜湖|3403 Bengbu 蚌埠|3404 Huainan 淮南|3405 Ma'anshan 马鞍山
3406 Huaibei 淮北|3407 Tongling 铜陵|3408 Anqing 安庆|3410 Huangshan 黄山|3411 Chuzhou 滁州
3412 Fuyang 阜阳|3413 Suzhou 宿州|3415 Lu'an 六安|3416 Bozhou 亳州|3417 Chizhou 池州|3418 Xuancheng 宣城
"""
_LISTED_DISTRICTS: Final = frozenset({"11", "31"})
_LISTED_CITIES: Final = frozenset({"32", "33", "34"})

# Abolished, and the district that took over: still seen in old credit codes, never a registered address of today.
RETIRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "310103": "310101",
        "310108": "310106",
        "310119": "310115",
        "310225": "310115",
        "310230": "310151",
        "320584": "320509",
    }
)


class Division(NamedTuple):
    """One division: its six digits and its two names; romanised names are not unique."""

    code: str
    english: str
    chinese: str


class DivisionMalformed(Malformed):
    """A division code has six digits."""


class DivisionUnknown(Malformed):
    """There is no such division."""


class DivisionRetired(Malformed):
    """The division was abolished."""


def _read(table: str) -> dict[str, Division]:
    rows = [entry.split(" ", 1) for entry in table.replace("\n", "|").split("|") if entry]
    codes = [(digits.ljust(_LENGTH, "0"), *names.rsplit(" ", 1)) for digits, names in rows]
    return {code: Division(code, english, chinese) for code, english, chinese in codes}


DIVISIONS: Final[Mapping[str, Division]] = MappingProxyType(_read(_TABLE))


def check_division(text: object, pointer: str = "") -> str:
    """Return the text if it is the code of a division of today, else refuse it.

    Where the table lists all districts or cities, an unlisted one is refused; elsewhere the province must exist.
    """
    if not (isinstance(text, str) and len(text) == _LENGTH and text.isascii() and text.isdigit()):
        remedy = "Give six digits, for example 310115 for Pudong."
        raise DivisionMalformed(pointer=pointer, remedy=remedy)
    if text in DIVISIONS:
        return text
    if text in RETIRED:
        heir = DIVISIONS[RETIRED[text]]
        raise DivisionRetired(pointer=pointer, remedy=f"Use {heir.code} ({heir.english}).", successor=heir.code)
    province = province_of(text)
    unlisted = (
        province + "0000" not in DIVISIONS
        or province in _LISTED_DISTRICTS
        or (province in _LISTED_CITIES and text[:4] + "00" not in DIVISIONS)
    )
    if unlisted:
        raise DivisionUnknown(pointer=pointer, remedy="Look the registered address up in GB/T 2260.")
    return text


def province_of(code: str) -> str:
    """Return the two digits of the province: "31" for Shanghai."""
    return code[:2]


def name_of(code: str, *, chinese: bool = False) -> str:
    """Return the name a person knows, down to the smallest listed division: "Pudong, Shanghai" or "上海浦东"."""
    levels = dict.fromkeys((code[:2].ljust(_LENGTH, "0"), code[:4].ljust(_LENGTH, "0"), code))
    known = [DIVISIONS[level] for level in levels if level in DIVISIONS]
    if chinese:
        return "".join(division.chinese for division in known) or code
    return ", ".join(division.english for division in reversed(known)) or code
