"""Facts: what registries and contracts state, by name, as JSON values without floats."""

from collections.abc import Mapping

Fact = str | int | bool | tuple[str, ...]
Facts = Mapping[str, Fact]
