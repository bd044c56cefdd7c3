"""Stories told in docs/: their commands are run as they stand, and what they print is what the page says.

A page sets the day with an HTML comment, `<!-- day 2026-02-02 -->`, gives files in fences that name them, such as
```csv firms.csv, and shows commands in ```console fences: lines after "$ " are typed, the lines below are the answer.
Three dots in an answer stand for anything, line ends included; `> FILE` at a command's end keeps what it prints.

`python -m tests.stories.telling docs/story-officer.md` plays a page and writes the present answers into it.
"""

import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from click.testing import CliRunner
from freezegun import freeze_time

from service.cli import output, program
from service.identity import issuing

ROOT = Path(__file__).parent.parent.parent
STORIES = sorted((ROOT / "docs").glob("story-*.md"))
PAPER = 110  # columns of the terminal that the stories are told on
DAY = re.compile(r"<!-- day (\d{4}-\d\d-\d\d) -->")
DOTS = "..."
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass
class Step:
    """One command of a story: what is typed, what the page says it answers, and the day."""

    typed: str
    said: str
    day: str


@dataclass
class Teller:
    """Somebody at a terminal in an empty folder."""

    folder: Path
    runner: CliRunner = field(default_factory=lambda: CliRunner(env={"VOUCHERS_DATA": None, "VOUCHERS_AS": None}))

    def answer(self, step: Step) -> str:
        """What a command prints, standard error included, with its exit code where that is not 0."""
        words = shlex.split(step.typed.replace("\\\n", " "))
        if words[0] == "python3":
            return self.python(words[1:])
        assert words[0] == "vouchers", f"a story types vouchers only, not {words[0]}"
        words, kept = (words[:-2], words[-1]) if words[-2] == ">" else (words, "")
        with inside(self.folder), freeze_time(f"{step.day} 02:00:00"):
            result = self.runner.invoke(program, words[1:], prog_name="vouchers")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        if kept:
            (self.folder / kept).write_text(result.stdout, encoding="utf-8")
            return result.stderr.strip()
        return told(result.output, result.exit_code)

    def python(self, words: list[str]) -> str:
        """What a file of Python prints, run as a program of its own."""
        run = subprocess.run(
            [sys.executable, *words], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )
        return told(run.stdout + run.stderr, run.returncode)


def told(output: str, code: int) -> str:
    """An answer as a page has it: no spaces at line ends, and the exit code where it is not 0."""
    text = "\n".join(line.rstrip() for line in output.strip().splitlines())
    return text + f"\n[exit {code}]" * bool(code)


def fits(said: str, answer: str) -> bool:
    """Whether an answer is what a page says, whatever it left out."""
    return re.fullmatch(".*".join(map(re.escape, said.split(DOTS))), answer, re.DOTALL) is not None


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, on a terminal as wide as a page, with a seed and a name that are the same each time."""
    before, width, token_bytes, uuid4 = Path.cwd(), output.WIDE, secrets.token_bytes, issuing.uuid4
    os.chdir(folder)
    output.WIDE = PAPER
    secrets.token_bytes = lambda length=32: b"s" * (length or 32)
    issuing.uuid4 = lambda: UUID(bytes=b"s" * 16)
    try:
        yield
    finally:
        os.chdir(before)
        output.WIDE, secrets.token_bytes, issuing.uuid4 = width, token_bytes, uuid4


def play(text: str) -> Iterator[tuple[Step, str]]:
    """Every command of a page with what it answers now, played in an empty folder."""
    with TemporaryDirectory(prefix="story-") as folder:
        teller = Teller(Path(folder))
        for kind, name, body, day in fences(text):
            if name:
                (teller.folder / name).write_text(body, encoding="utf-8")
            elif kind == "console":
                for step in steps(body, day):
                    yield step, teller.answer(step)


def fences(text: str) -> Iterator[tuple[str, str, str, str]]:
    """The fences of a page: kind, file name, body, and the day that was set last."""
    for fence in FENCE.finditer(text):
        days = DAY.findall(text, 0, fence.start())
        yield fence[1], fence[2] or "", fence[3], days[-1] if days else "2026-01-05"


def steps(body: str, day: str) -> Iterator[Step]:
    """The commands of a console fence, each with the answer below it."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = part.rstrip("\n").split("\n")
        length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\"))
        yield Step("\n".join(lines[:length]), "\n".join(lines[length:]).strip("\n"), day)


def retold(text: str) -> str:
    """A page with the present answers below its commands."""
    answers = iter(list(play(text)))

    def again(fence: re.Match[str]) -> str:
        if fence[1] != "console" or fence[2]:
            return fence[0]
        anew = []
        for _ in steps(fence[3], ""):
            step, answer = next(answers)
            kept = step.said if DOTS in step.said and fits(step.said, answer) else answer
            anew.append(f"$ {step.typed}\n{kept}".rstrip())
        return "```console\n" + "\n\n".join(anew) + "\n```"

    return FENCE.sub(again, text)


def main() -> None:
    """Play the pages named and write them anew."""
    for name in sys.argv[1:] or map(str, STORIES):
        page = Path(name)
        page.write_text(retold(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
