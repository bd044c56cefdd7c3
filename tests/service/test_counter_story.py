"""docs/counter.md is true: each command answers what the page says, but for the keys, which are random."""

import re

from tests.service.console import ROOT
from tests.stories.telling import play

PAGE = ROOT / "docs" / "counter.md"
# Public keys and their thumbprints, digests of what they signed, the name of an installation.
RANDOM = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b|(?<![\w-])[\w-]{43}(?![\w-])")


def plain(text):
    return RANDOM.sub("...", text)


def test_the_page_about_the_counter_answers_what_it_says():
    told = 0
    for step, answer in play(PAGE.read_text(encoding="utf-8")):
        assert plain(answer) == plain(step.said), f"$ {step.typed}\n(python -m tests.stories.telling tells it anew)"
        told += 1
    assert told > 25


def test_what_is_no_key_is_compared():
    assert plain("key id  A-Qj9aJFv2u149tbJEGxX4ZkTNEK-MkEQN9wgMq6Ge8") == "key id  ..."
    assert plain("claimed  1,500.00 CNY of O-WJ6M-6TWJ-7P9W-K") == "claimed  1,500.00 CNY of O-WJ6M-6TWJ-7P9W-K"
