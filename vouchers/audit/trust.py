"""Whose signatures a reader trusts, and how many of them it asks for: trust files in the format C2SP tlog-policy."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from vouchers.audit.encoding import from_decimal
from vouchers.audit.keys import COSIGNATURE, ED25519, ML_DSA_44, Key, parse_vkey
from vouchers.refusals import Malformed
from vouchers.values import Value, field

NONE: Final = "none"
LARGEST_POLICY: Final = 256 * 1024  # bytes
MOST: Final = 64  # logs, witnesses and groups each; 32 are asked for
_LOG_KINDS: Final = (ED25519, ML_DSA_44)
_WITNESS_KINDS: Final = (COSIGNATURE, ML_DSA_44)
_BLANK: Final = " \t"


class TrustPolicyMalformed(Malformed):
    """The trust file cannot be read."""

    remedy = "Lines are: log VKEY [URL], witness NAME VKEY [URL], group NAME all|any|K NAME..., quorum NAME|none."


class Party(NamedTuple):
    """A log or a witness: its key, and where it is reached, if that is said."""

    key: Key
    url: str = ""


class Group(NamedTuple):
    """Witnesses or groups of which so many have to have cosigned."""

    threshold: int
    members: tuple[str, ...]


class TrustPolicy(Value):
    """The logs whose checkpoints count, the witnesses by name, and the quorum of them that is needed."""

    logs: tuple[Party, ...] = ()
    witnesses: Mapping[str, Party] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    @property
    def text(self) -> str:
        """The policy as a file."""
        lines = [" ".join(filter(None, ("log", log.key.vkey, log.url))) for log in self.logs]
        lines += [" ".join(filter(None, ("witness", n, w.key.vkey, w.url))) for n, w in self.witnesses.items()]
        lines += [f"group {name} {group.threshold} {' '.join(group.members)}" for name, group in self.groups.items()]
        return "".join(f"{line}\n" for line in (*lines, f"quorum {self.quorum}"))

    def met(self, cosigned: Collection[str], name: str = "") -> bool:
        """Whether the witnesses that cosigned are enough."""
        name = name or self.quorum
        if group := self.groups.get(name):
            return sum(self.met(cosigned, member) for member in group.members) >= group.threshold
        return name == NONE or name in cosigned


def parse_policy(content: bytes) -> TrustPolicy:
    """The policy of a file; raises TrustPolicyMalformed or VkeyMalformed, with the number of the line."""
    if len(content) > LARGEST_POLICY:
        raise TrustPolicyMalformed(f"A trust file has at most {LARGEST_POLICY:,} bytes.")
    reader = _Reader()
    for number, words in _lines(content):
        try:
            reader.read(words)
        except Malformed as fault:
            raise type(fault)(f"Line {number}: {fault.detail}", pointer=f"/{number}", remedy=fault.remedy) from fault
    if reader.quorum is None:
        raise TrustPolicyMalformed(
            "There is no line that names the quorum.", remedy="Write quorum NAME or quorum none."
        )
    return TrustPolicy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The words of every line that says something; octets that are no ASCII stay what they are."""
    if content and not content.endswith(b"\n"):
        raise TrustPolicyMalformed("The last line is cut off.", remedy="End the file with a newline.")
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
        if any((each < " " and each != "\t") or each == "\x7f" for each in line):
            raise TrustPolicyMalformed(f"Line {number} has a control character.", pointer=f"/{number}")
        said = line.strip(_BLANK)
        if said and not said.startswith("#"):
            yield number, said.replace("\t", " ").split(" ")


class _Reader:
    """What was read of a trust file so far."""

    def __init__(self) -> None:
        self.logs: list[Party] = []
        self.witnesses: dict[str, Party] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._grouped: set[str] = set()

    def read(self, words: list[str]) -> None:
        """Take in one line."""
        match [word for word in words if word]:
            case ["log", vkey, *url] if len(url) <= 1:
                self.logs.append(self._party(vkey, url, _LOG_KINDS, self.logs))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._fresh(name)
                self.witnesses[name] = self._party(vkey, url, _WITNESS_KINDS, self.witnesses.values())
            case ["group", name, threshold, *members] if members:
                self._fresh(name)
                self.groups[name] = self._group(threshold, members)
            case ["quorum", name]:
                if self.quorum is not None:
                    raise TrustPolicyMalformed("The quorum is named twice.")
                if name != NONE:
                    self._known(name)
                self.quorum = name
            case [word, *_]:
                raise TrustPolicyMalformed(f"A line that begins with {word[:40]!r} has to be written otherwise.")

    def _party(self, vkey: str, url: list[str], kinds: tuple[int, ...], others: Collection[Party]) -> Party:
        key = parse_vkey(vkey)
        if key.kind not in kinds:
            raise TrustPolicyMalformed(f"The key of {key.name} is of a kind that signs something else.")
        if any(other.key.public == key.public for other in others):
            raise TrustPolicyMalformed(f"The key of {key.name} stands here twice.")
        if len(others) >= MOST:
            raise TrustPolicyMalformed(f"There are at most {MOST} logs and {MOST} witnesses.")
        return Party(key, *url)

    def _group(self, threshold: str, members: list[str]) -> Group:
        for member in members:
            self._known(member)
            if member in self._grouped:
                raise TrustPolicyMalformed(f"{member[:80]} is a member of a group already.")
            self._grouped.add(member)
        try:
            needed = {"any": 1, "all": len(members)}.get(threshold) or from_decimal(threshold)
        except ValueError:
            needed = 0
        if not 1 <= needed <= len(members) or len(self.groups) >= MOST:
            raise TrustPolicyMalformed(f"A group needs any, all or 1 to {len(members)} of its members.")
        return Group(needed, tuple(members))

    def _fresh(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise TrustPolicyMalformed(f"The name {name[:80]} is taken.")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise TrustPolicyMalformed(f"{name[:80]} is not defined above this line.")
