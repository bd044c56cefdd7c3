"""The drill of docs/drill.md, typed as it stands, while another program goes on writing until the disaster."""

import json
import re
import shlex
import shutil
import threading

from service.settings import Settings
from service.wiring import Service, Who
from tests.service.console import ROOT, Console
from vouchers import application
from vouchers.budget.decisions import Appropriate

PAGE = (ROOT / "docs" / "drill.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def typed(folder, line):
    """Type a line: rm, or a command of ours whose answer may go to a file."""
    words, _, file = line.partition(" > ")
    program, *rest = shlex.split(words)
    if program == "rm":
        assert rest == ["-r", "office"]
        shutil.rmtree(folder / "office")
        return
    assert program == "vouchers"
    result = Console(folder).run(*rest)
    # The disk of the machine that tests run on may be too quick to be one.
    assert result.exit_code == 0 or (rest[0] == "doctor" and "No disk writes" in result.stdout), (
        f"{line}\n{result.output}"
    )
    if file:
        (folder / file).write_text(result.stdout)


class Writer:
    """Somebody who writes until the disaster, and remembers what was acknowledged."""

    def __init__(self, folder):
        self.acknowledged = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.work, args=(folder,))

    def work(self, folder):
        with Service(Settings(folder)) as service:
            day = service.today()
            while not self.stop.is_set():
                number = len(self.acknowledged)
                command = Appropriate("SH-STIV", day[:4], "TEST", 1, f"act {number}")
                outcome = service.execute(application.appropriate, command, Who("officer:li", "officer"), on=day)
                self.acknowledged.append(outcome.position)
                self.stop.wait(0.02)


def test_nothing_acknowledged_before_the_backup_is_lost(tmp_path):
    before, writer = 0, None
    for line in [line.removeprefix("$ ") for block in BLOCKS for line in block.splitlines()]:
        if line.startswith("rm"):
            writer.stop.set()
            writer.thread.join(60)
        if line.startswith("vouchers backup last-night"):
            writer = Writer(tmp_path / "office")
            writer.thread.start()
        if line.startswith("vouchers backup this-morning"):
            before = len(writer.acknowledged)
        typed(tmp_path, line)
    told = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("backup", "restored", "moved")}
    assert before
    assert told["backup"]["entries"] >= writer.acknowledged[before - 1]
    for name in ("restored", "moved"):
        assert told[name]["entries"] == told["backup"]["entries"]
        assert told[name]["last_leaf_hash"] == told["backup"]["last_leaf_hash"]
    assert len((tmp_path / "entries.jsonl").read_text().splitlines()) == told["backup"]["entries"]
