"""A log that is rolled back, rewritten and brought back at random never signs two histories."""

import json
import random

import pytest

from service.audit.gate import LogRewritten, LogRolledBack
from service.audit.keys import FOLDER
from tests.audit.signing_worlds import an_installation, at, copy_of_log, happen, put_log, rewrite
from vouchers.audit import parse_checkpoint, parse_note
from vouchers.merkle import Frontier, leaf_hash

STEPS = 25


@pytest.mark.parametrize("seed", [1, *[pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8)]])
def test_every_checkpoint_of_a_random_walk_is_of_one_history(tmp_path, seed):
    draw = random.Random(seed)
    settings = an_installation(tmp_path / "data")
    copies, history, refused, longest = [], [], 0, None
    for step in range(STEPS):
        way = draw.choice(["append", "append", "append", "keep", "roll back", "rewrite"])
        if way == "keep":
            copies.append(copy_of_log(settings, tmp_path / f"copy-{step}.sqlite"))
        elif way == "roll back" and copies:
            put_log(settings, draw.choice(copies))
        elif way == "rewrite" and history:
            (tmp_path / str(step)).mkdir()
            rewrite(settings, tmp_path / str(step), {0: (b'"officer', b'"Officer')})
        with at(settings) as service:
            if way == "append":
                happen(service, draw.randint(1, 3))
            entries = [row.entry for row in service.ledger.rows(0, service.ledger.size())]
            # What was ever signed is the longest history so far, or the beginning of it.
            follows = entries[: len(history)] == history
            try:
                service.checkpoints.sign_if_grown()
                assert follows, way
                history = entries
            except (LogRolledBack, LogRewritten):
                refused += 1
                assert not follows, way
        if not follows and longest and draw.random() < 0.6:
            put_log(settings, longest)
        elif follows:
            longest = copy_of_log(settings, tmp_path / f"longest-{step}.sqlite")
    assert refused
    roots = roots_of(history)
    signed = [parse_checkpoint(parse_note(note).text) for note in notes_in(settings.data / FOLDER)]
    assert len(signed) > 5
    assert all(checkpoint.root == roots[checkpoint.size] for checkpoint in signed)


def roots_of(entries):
    frontier = Frontier()
    roots = [frontier.root()]
    for entry in entries:
        frontier.append(leaf_hash(entry))
        roots.append(frontier.root())
    return roots


def notes_in(folder):
    for day in sorted((folder / "checkpoints").glob("*.jsonl")):
        for line in day.read_text().splitlines():
            yield json.loads(line)["note"].encode()
