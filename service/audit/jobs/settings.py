"""The settings of jobs."""

from dataclasses import dataclass

from service.configuring import setting


@dataclass(frozen=True, slots=True)
class Jobs:
    """What long work of the audit over HTTP may take, and for how long its results are kept."""

    waiting: int = setting(5, "Jobs of one caller that have not ended.", least=1, most=50)
    seconds: int = setting(3_600, "How long one job may take.", least=1, most=86_400)
    megabytes: int = setting(2_048, "Memory that one job may take.", least=128, most=1_048_576)
    spare_megabytes: int = setting(512, "Room on the disk that no job takes.", least=0, most=1_048_576)
    kept: int = setting(20, "Ended jobs that are kept with their results.", least=1, most=500)
    days: int = setting(7, "Days for which they are kept.", least=1, most=3_650)
