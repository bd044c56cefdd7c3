"""Where each value of a policy document comes from: the source tags beside the values, by path."""

from collections.abc import Iterator, Mapping
from typing import Final

_ABOUT: Final = frozenset({"source", "clause"})


def source_tags(document: Mapping[str, object]) -> dict[str, str]:
    """The source tag of every value by its path; an empty tag where the document says nothing.

    A table's `source` is one tag for all that stands in it and below, or a table of tags by key. The nearest wins.
    """
    return dict(_tags(document, "", ""))


def _tags(table: Mapping[str, object], path: str, inherited: str) -> Iterator[tuple[str, str]]:
    """Every value below a table with its tag."""
    own = table.get("source", inherited)
    for key, value in table.items():
        if key in _ABOUT:
            continue
        tag = str(own.get(key, inherited)) if isinstance(own, Mapping) else str(own)
        yield from _below(value, f"{path}.{key}".strip("."), tag)


def _below(value: object, path: str, tag: str) -> Iterator[tuple[str, str]]:
    """A value with its tag, or every value below it."""
    if isinstance(value, Mapping):
        yield from _tags(value, path, tag)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _below(item, f"{path}[{index}]", tag)
    else:
        yield path, tag
