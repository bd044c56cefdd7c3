"""Jobs of the audit as a client asks for them: asked for, waited for, their results read."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from tests.service.clients import Api

JOBS = "/v1/audit/jobs"
LOOKS = 600  # a tenth of a second apart


def ask(api: Api, kind: str, body: Any, who: str = "regulator") -> str:
    """The address of a job that was just asked for."""
    answer = api.post(f"/v1/audit/{kind}", body, who)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert answer.headers["Location"] == f"{JOBS}/{answer.json['job_id']}"
    assert int(answer.headers["Retry-After"]) > 0
    return str(answer.headers["Location"])


def until(happens: Callable[[], Any]) -> None:
    """Wait for something to happen."""
    for _ in range(LOOKS):
        if happens():
            return
        time.sleep(0.1)
    raise AssertionError("it does not happen")


def ended(api: Api, address: str, who: str = "regulator") -> Any:
    """A job that has ended."""
    until(lambda: api.get(address, who).json["state"] not in ("waiting", "running"))
    answer = api.get(address, who)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert "Retry-After" not in answer.headers
    return answer


def result(api: Api, job: Any, name: str, who: str = "regulator") -> bytes:
    """A result of a job, which is as long as the job says, and whose digest is what the job says."""
    [told] = [each for each in job.json["results"] if each["name"] == name]
    answer = api.get(told["address"], who)
    assert (answer.status_code, answer.mimetype) == (200, told["media_type"])
    assert answer.content_length == told["bytes"] == len(answer.data)
    assert answer.headers["ETag"] == f'"{told["sha256"]}"' == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    assert answer.headers["Audit-Tree-Size"] == str(job.json["size"])
    answer.close()
    return bytes(answer.data)
