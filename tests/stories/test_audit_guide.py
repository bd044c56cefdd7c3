"""The auditor's guide is true: its commands answer what it says, and its ten questions can be put to any log."""

import re
import shutil
from datetime import date

import pytest

from tests.audit.replayed import a_year
from tests.stories.telling import ROOT, Step, Teller, fences, fits, play, steps

GUIDE = ROOT / "docs" / "audit-guide.md"
QUESTION = re.compile(r"^### (\d+)\. (.+?)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
RULER = re.compile(r"^(.*)\n─+$", re.MULTILINE)


def asked():
    """Every question of the guide: its number, its words, and the commands that answer it."""
    page = GUIDE.read_text(encoding="utf-8")
    return [
        (int(number), words, [step for _, _, body, day in fences(text) for step in steps(body, day)])
        for number, words, text in QUESTION.findall(page)
    ]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An audit office with the bundle and the trust file of a small year, and the house that they are from."""
    teller = Teller(tmp_path_factory.mktemp("office"))
    shutil.copytree(a_year(), teller.folder / "city")
    for typed in (
        "vouchers audit trust --data city > trust.policy",
        "vouchers audit export bundle --data city --purpose audit --recipient office --format sqlite",
    ):
        answer = teller.answer(Step(typed, "", "2027-06-01"))
        assert "[exit" not in answer, answer
    return teller


def test_the_guide_answers_ten_questions_with_commands():
    assert [number for number, _, _ in asked()] == list(range(1, 11))
    for _, words, commands in asked():
        assert words.endswith("?")
        assert commands
        assert all(step.said for step in commands)


@pytest.mark.parametrize("question", asked(), ids=lambda question: f"question-{question[0]}")
def test_a_question_of_the_guide_is_answered_for_another_log_in_the_same_columns(office, question):
    number, _, commands = question
    for step in commands:
        answer = office.answer(step)
        assert "[exit" not in answer, f"$ {step.typed}\n{answer}"
        if number == 2:
            assert answer.endswith("No rows."), "the voucher of the guide is of its own year"
        else:
            assert _columns(answer) == _columns(step.said), step.typed


def test_a_voucher_of_another_year_is_its_face_at_every_point(office):
    [step] = asked()[1][2]
    found = office.answer(
        Step('vouchers audit sql --log bundle --csv "SELECT voucher_id, face FROM vouchers"', "", step.day)
    )
    voucher, face = found.splitlines()[-1].split(",")
    again = Step(step.typed.replace("V-P31E-RGHY-8D4P-U", voucher).replace("--log", "--csv --log"), "", step.day)
    lines = [line.split(",") for line in office.answer(again).splitlines()]
    assert lines[0][:4] == ["seq", "day", "event", "amount"]
    for line in lines[1:]:
        assert date.fromisoformat(line[1])
        assert sum(map(int, line[4:])) == int(face)


@pytest.mark.long
def test_every_command_of_the_guide_answers_what_it_says():
    for step, answer in play(GUIDE.read_text(encoding="utf-8")):
        assert fits(step.said, answer), f"$ {step.typed}\n{answer}"


def _columns(text):
    """The columns of the first table of an answer."""
    return [line.split() for line in RULER.findall(text)[:1]]
