"""The stories in docs/ are true: each command answers what the page says."""

import pytest

from tests.stories.telling import STORIES, fits, play

PAGE = """
<!-- day 2026-01-05 -->

```csv words.csv
a,b
```

```console
$ vouchers init
{}

$ vouchers balance 91310115MA1TE5T0X3
```
"""


@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.stem)
def test_a_story_answers_what_its_page_says(page):
    for step, answer in play(page.read_text(encoding="utf-8")):
        assert fits(step.said, answer), f"$ {step.typed}\n(python -m tests.stories.telling {page.name} tells it anew)"


def test_an_answer_that_a_page_does_not_give_is_found_out():
    (first, told), (second, refused) = play(PAGE)
    assert first.said == "{}" != told
    assert second.day == "2026-01-05"
    assert second.said == "" != refused


@pytest.mark.parametrize(
    ("said", "answer", "fitting"),
    [
        ("a b", "a b", True),
        ("a b", "a c", False),
        ("a ... c", "a b\nb c", True),
        ("a ... c", "a b\nb d", False),
        ("a...", "a", True),
        ("a.c", "abc", False),
        ("a", "a b", False),
    ],
)
def test_three_dots_stand_for_anything_and_nothing_else_does(said, answer, fitting):
    assert fits(said, answer) is fitting
