"""The tree over the log: written with the entries, read from stored rows, the same in every store."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.trees import Reference, check_whole, forget_the_tree, grow, inside, made_anew, pairs, row
from tests.ledger.acts import META, Clock, attempt, both, in_threads, issue, refusing, tiers, together
from vouchers import wire
from vouchers.ledger import LeafNotInLog, Ledger, SizeNotReached, Tree, TreeDamaged, copy_into, open_recorder
from vouchers.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

ROOT = Path(__file__).parents[2]
LARGE = 70_000


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request, tmp_path):
    """Return the address of a new log in each kind of store."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return "memory:" if request.param == "memory" else f"sqlite:{tmp_path / 'log.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request, tmp_path):
    """Return the address of a new log in each kind of store that several processes can open."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:{tmp_path / 'log.db'}"


@pytest.fixture
def recorder(url):
    opened = open_recorder(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reference():
    return Reference(LARGE)


def test_a_new_log_has_the_empty_tree(recorder):
    tree = Tree(recorder)
    assert (tree.size(), tree.root(), tree.root(0), tree.head()) == (0, EMPTY_ROOT, EMPTY_ROOT, (0, EMPTY_ROOT))
    assert tree.consistency(0) == tree.leaves(0, 10) == []
    with pytest.raises(LeafNotInLog):
        tree.leaf(0)
    with pytest.raises(LeafNotInLog):
        tree.inclusion(0)
    with pytest.raises(SizeNotReached):
        tree.root(1)


@pytest.mark.parametrize("pages", [[1, 2, 3], [255, 256, 257, 258], [1, 256, 512, 513], [3, 600]])
def test_leaves_nodes_and_frontier_are_those_of_the_entries_however_they_came(recorder, pages):
    for size in pages:
        grow(recorder, size)
        assert check_whole(recorder) == size


def test_proofs_read_from_rows_are_those_made_in_memory_at_every_old_size(recorder, reference):
    grow(recorder, LARGE)
    tree, compared = Tree(recorder), 0
    assert (tree.size(), tree.root()) == made_anew(recorder)
    roots = {size: tree.root(size) for pair in pairs(LARGE, 70, seed=5) for size in pair}
    for old, new in pairs(LARGE, 70, seed=5):
        step, path = tree.consistency(old, new), tree.inclusion(old - 1, new)
        assert step == consistency_proof(old, new, reference.subtree)
        assert path == inclusion_proof(old - 1, new, reference.subtree)
        verify_consistency(old, new, roots[old], roots[new], step)
        verify_inclusion(old - 1, new, leaf_hash(row(old - 1).entry), path, roots[new])
        compared += 2
    assert compared >= 250
    assert tree.hashes(16, 0, 9) == [reference.subtree(16, 0)]
    assert tree.hashes(8, 255, 258) == [reference.subtree(8, index) for index in (255, 256, 257)]


def test_a_size_that_the_log_never_had_and_a_leaf_that_it_does_not_have_are_refused(recorder):
    grow(recorder, 300)
    tree = Tree(recorder)
    for ask in (
        lambda: tree.root(301),
        lambda: tree.root(-1),
        lambda: tree.inclusion(0, 301),
        lambda: tree.consistency(1, 301),
        lambda: tree.consistency(300, 299),
        lambda: tree.consistency(-1),
    ):
        with pytest.raises(SizeNotReached) as refused:
            ask()
        assert (refused.value.status, bool(refused.value.remedy)) == (404, True)
    for ask in (
        lambda: tree.leaf(300),
        lambda: tree.leaf(-1),
        lambda: tree.inclusion(299, 299),
        lambda: tree.inclusion(-1),
    ):
        with pytest.raises(LeafNotInLog):
            ask()
    assert tree.leaves(-3, 2) == tree.leaves(0, 2) == [tree.leaf(0), tree.leaf(1)]
    assert tree.inclusion(299) == tree.inclusion(299, 300)
    assert tree.consistency(300) == tree.consistency(0) == []
    assert tree.leaves(298, 400) == [leaf_hash(row(seq).entry) for seq in (298, 299)]
    with pytest.raises(ValueError, match="level 7"):
        tree.hashes(7, 0, 1)


def test_a_command_and_its_leaf_are_there_together_and_a_refused_one_leaves_no_leaf(url):
    with Ledger(open_recorder(url), Clock()) as ledger:
        for number in range(3):
            position = ledger.execute(both(tiers("X", "A"), issue(f"V-{number}", 100)), META).position
            assert ledger.tree.size() == position == ledger.size()
        before = ledger.tree.head()
        attempt(ledger, refusing(tiers("X", "B"), issue("V-9", 100)))
        assert ledger.tree.head() == before
        leaves = [wire.leaf_hash(each.entry) for each in ledger.rows(0, before[0])]
        assert ledger.tree.leaves(0, before[0]) == leaves
        assert before[1] == root_of(leaves)
        assert ledger.tree.leaf(before[0] - 1) == ledger.last_hash()


def test_a_group_with_refused_commands_has_a_leaf_for_each_entry_of_the_others(url):
    with Ledger(open_recorder(url), Clock()) as ledger:
        works = [refusing(tiers("X", "A")) if turn % 3 == 1 else tiers(f"X{turn}", "A", "B") for turn in range(30)]
        together(ledger, works)
        assert ledger.tree.size() == ledger.size() == 40
        assert check_whole(ledger._recorder) == 40


def test_writers_of_several_ledgers_leave_one_tree(shared_url):
    ledgers = [Ledger(open_recorder(shared_url), Clock()) for _ in range(3)]
    answers = in_threads(9, lambda turn: [attempt(ledgers[turn % 3], tiers(f"X{turn}", "A")) for _ in range(10)])
    assert {type(each).__name__ for many in answers for each in many} == {"Committed"}
    assert check_whole(ledgers[0]._recorder) == 90
    for each in ledgers:
        each.close()


def test_processes_that_race_leave_one_tree_without_a_gap(shared_url):
    script = "import sys; from tests.audit.test_tree import append_some; append_some(*sys.argv[1:])"
    command = [sys.executable, "-c", script, shared_url]
    racers = [subprocess.Popen([*command, name], cwd=ROOT) for name in "abc"]
    assert [racer.wait(60) for racer in racers] == [0, 0, 0]
    recorder = open_recorder(shared_url)
    assert check_whole(recorder) == 3 * 40 * 7
    assert Tree(recorder).head() == made_anew(recorder)
    recorder.close()


def append_some(address: str, name: str) -> None:
    """Append groups of seven as one of several processes."""
    recorder = open_recorder(address)
    for turn in range(40):
        with recorder.write() as transaction:
            at = range(7 * turn, 7 * turn + 7)
            transaction.insert([row(0)._replace(stream=f"enterprise/{name}", version=number + 1) for number in at])
    recorder.close()


def test_a_copy_in_another_store_has_the_same_root(tmp_path, request):
    with Ledger(open_recorder("memory:"), Clock()) as ledger:
        together(ledger, [tiers(f"X{turn}", "A", "B") for turn in range(20)])
        entries = [each.entry for each in ledger.rows(0, 40)]
        head = ledger.tree.head()
    for address in (f"sqlite:{tmp_path / 'copy.db'}", request.getfixturevalue("postgres_url")):
        copy = open_recorder(address)
        copy_into(copy, iter(entries))
        assert Tree(copy).head() == head
        assert check_whole(copy) == 40
        copy.close()


def test_a_redacted_entry_keeps_its_leaf_in_a_copy(tmp_path):
    with Ledger(open_recorder("memory:"), Clock()) as ledger:
        together(ledger, [tiers(f"X{turn}", "A") for turn in range(5)])
        entries, head = [each.entry for each in ledger.rows(0, 5)], ledger.tree.head()
    told = wire.parse(entries[2])
    told["redacted"] = base64.b64encode(wire.leaf_hash(entries[2])).decode()
    told["data"]["cause"] = "[redacted]"
    copy = open_recorder(f"sqlite:{tmp_path / 'copy.db'}")
    copy_into(copy, iter([*entries[:2], wire.canonical(told), *entries[3:]]))
    assert Tree(copy).head() == head
    copy.close()


def test_a_tree_whose_rows_are_gone_says_so_instead_of_proving_something(shared_url):
    recorder = open_recorder(shared_url)
    grow(recorder, 600)
    forget_the_tree(shared_url, tables=("audit_node",))
    with inside(shared_url) as store:
        store.execute("CREATE TABLE audit_node (level int, idx int, hash bytea)")
    with pytest.raises(TreeDamaged, match="lacks rows of level 8"):
        Tree(recorder).inclusion(5)
    recorder.close()


def test_a_tree_that_lacks_one_of_many_leaves_says_so_too(tmp_path):
    url = f"sqlite:{tmp_path / 'log.db'}"
    recorder = open_recorder(url)
    grow(recorder, 600)
    with inside(url) as store:
        store.execute("DROP TRIGGER audit_leaf_delete")
        store.execute("DELETE FROM audit_leaf WHERE seq = 599")
    with pytest.raises(TreeDamaged, match="lacks rows of level 0 behind 599"):
        Tree(recorder).inclusion(5)
    recorder.close()
