"""The settings of logs and metrics."""

from dataclasses import dataclass

from service.configuring import setting

LEVELS = ("debug", "info", "warning", "error")
FORMS = ("auto", "json", "text")
AUDIENCES = ("administrators", "loopback", "nobody")


@dataclass(frozen=True, slots=True)
class Observing:
    """What is logged, in which form, and who may read the metrics."""

    level: str = setting("info", "Lines of this weight and above are logged.", among=LEVELS)
    form: str = setting("auto", "JSON lines or text; auto is text on a terminal.", among=FORMS)
    metrics: str = setting("administrators", "Who may read /metrics; loopback needs no key.", among=AUDIENCES)
    most_behind: int = setting(10_000, "Entries that views may be behind before /readyz says no.", least=1)
