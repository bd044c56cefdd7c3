"""Processes of an installation as an operator starts them, with a town in its data folder."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from service.identity import create_key
from service.settings import FILE, Settings, load_settings
from service.wiring import Service
from tests.town import Town

ROOT = Path(__file__).parents[2]
PATIENCE = 40  # seconds
CREATED = "2026-02-02T04:00:00Z"


def a_folder(folder: Path, settings: str = "", **stores: str) -> Settings:
    """A data folder with these lines of settings, in which orders can be registered today."""
    lines = [f'{name} = "{address}"' for name, address in stores.items()]
    (folder / FILE).write_text("\n".join([*lines, settings, ""]), encoding="utf-8")
    found = load_settings(str(folder), {})
    with Service(found) as service:
        town = Town(service.ledger, on=service.today(), seed=service.seed)
        town.adopt()
        town.appropriate("TEST", 10**11, period=town.on[:4])
        town.record()
        town.entitle()
        town.admit()
        town.accredit(first="2020-01-01", last="2199-12-31")
    return found


def a_key(folder: Path, role: str, subject: str) -> str:
    """A key for somebody."""
    return create_key(folder, role, subject, CREATED)[0]


class Process:
    """`vouchers` with some words typed, as a process of its own."""

    def __init__(self, folder: Path, *typed: str) -> None:
        self.log = folder / f"{typed[0]}-{time.monotonic_ns()}.log"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "VOUCHERS_DATA": str(folder)}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service", *typed],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it and all that it started, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)

    def wait_for(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until its log says something."""
        until = time.monotonic() + seconds
        while words not in self.log.read_text(errors="replace"):
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError(f"{words!r} is not in: {self.log.read_text(errors='replace')}")
            time.sleep(0.05)

    def says(self, words: str) -> bool:
        """Whether its log says something by now."""
        return words in self.log.read_text(errors="replace")


class Server(Process):
    """`vouchers serve` on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        super().__init__(folder, "serve", "--port", str(self.port), "--threads", "4")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.ask("/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise AssertionError(self.log.read_text(errors="replace"))

    def ask(self, path: str, key: str = "", body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status of an answer and its JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            data = None if body is None else json.dumps(body).encode()
            told = {"Authorization": f"Bearer {key}"} if key else {}
            told |= {"Content-Type": "application/json"} if data else {}
            told |= {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET" if data is None else "POST", path, data, told)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


class Stream:
    """A reader of server-sent events."""

    def __init__(self, server: Server, key: str, path: str = "/v1/feed", last: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
        self.connection.request("GET", path, headers=headers | ({"Last-Event-ID": last} if last else {}))
        self.answer = self.connection.getresponse()
        self.last = last

    @property
    def status(self) -> int:
        return self.answer.status

    def blocks(self) -> Iterator[dict[str, str]]:
        """Each block of lines, a comment as the member ""."""
        block: dict[str, str] = {}
        while line := self.answer.readline():
            text = line.decode().rstrip("\n")
            if text:
                name, _, value = text.partition(":")
                block[name] = value.strip()
                continue
            self.last = block.get("id", self.last)
            yield block
            block = {}

    def events(self) -> Iterator[dict[str, Any]]:
        """Each event."""
        return (json.loads(block["data"]) for block in self.blocks() if "data" in block)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.answer.close()
        self.connection.close()

    @classmethod
    def opened(cls, server: Server, key: str, path: str = "/v1/feed", last: str = "") -> Self:
        """A stream, as soon as there is room for it: one whose reader hung up is noticed after a moment."""
        until = time.monotonic() + 15
        while (stream := cls(server, key, path, last)).status == 503 and time.monotonic() < until:
            with stream:
                time.sleep(0.1)
        assert stream.status == 200, stream.answer.read()
        return stream
