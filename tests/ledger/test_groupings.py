"""How commands fall into groups changes nothing: any grouping gives the log that one by one gives."""

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.ledger.acts import Clock, appropriate, attempt, both, commit, issue, refusing, reserve, tiers, together
from vouchers.kinds import BY_NAME
from vouchers.ledger import Committed, Ledger, open_recorder

keys = some.sampled_from(["V-1", "V-2", "V-3"])
amounts = some.integers(1, 400)
orders = some.integers(0, 10**6).map("O-{}".format)
steps = some.one_of(
    some.builds(appropriate, amounts),
    some.builds(commit, orders, amounts),
    some.builds(issue, keys, amounts),
    some.builds(reserve, keys, orders, amounts),
    some.builds(tiers, keys, some.sampled_from("ABCD")),
    some.builds(refusing, some.builds(tiers, keys, some.sampled_from("ABCD"))),
)
works = some.builds(lambda parts: both(*parts), some.lists(steps, min_size=1, max_size=4))
groups = some.lists(some.lists(works, min_size=1, max_size=6), min_size=1, max_size=6)


def told(answers):
    return [(a.position, a.result) if isinstance(a, Committed) else (type(a), str(a)) for a in answers]


def stored(ledger):
    """The log without the moment at which each group was recorded, and every state that it folds to."""
    entries, rows = list(ledger.entries()), ledger.rows(0, 9999)
    streams = dict.fromkeys(entry.agg for entry in entries)
    states = {name: ledger.state(BY_NAME[name.partition("/")[0]], name.partition("/")[2]) for name in streams}
    lines = [row.entry.replace(entry.rec.encode(), b"") for row, entry in zip(rows, entries, strict=True)]
    return lines, [(row.stream, row.version, row.topic) for row in rows], states


@settings(max_examples=60)
@given(groups, some.sampled_from([0, 1, 50]))
def test_any_grouping_gives_the_log_that_one_by_one_gives(grouping, cached):
    with (
        Ledger(open_recorder("memory:"), Clock(), cached_streams=cached) as grouped,
        Ledger(open_recorder("memory:"), Clock()) as single,
    ):
        answers = [answer for group in grouping for answer in together(grouped, group)]
        assert told(answers) == told([attempt(single, work) for group in grouping for work in group])
        assert stored(grouped) == stored(single)
        for name, slot in grouped._cache.slots.items():
            assert slot.version == len(grouped.history(name))
