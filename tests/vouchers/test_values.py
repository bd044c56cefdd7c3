"""Quick values are what they were before: frozen, compared by their fields, with their defaults."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import NamedTuple

import pytest

from vouchers.values import quick, quick_to_change


@quick
@dataclass(frozen=True, slots=True)
class Parcel:
    """Something with a field of every sort."""

    to: str
    weight: int = 1
    notes: Mapping[str, str] = field(default_factory=dict)


def test_a_quick_value_has_its_fields_by_place_and_by_name() -> None:
    parcel = Parcel("Pudong", weight=3)
    assert (parcel.to, parcel.weight, parcel.notes) == ("Pudong", 3, {})
    assert parcel == Parcel(to="Pudong", weight=3, notes={})
    assert repr(parcel) == "Parcel(to='Pudong', weight=3, notes={})"
    assert type(parcel) is Parcel


def test_a_quick_value_cannot_be_changed() -> None:
    parcel = Parcel("Pudong")
    with pytest.raises(FrozenInstanceError):
        parcel.weight = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del parcel.to


def test_each_quick_value_has_its_own_made_default() -> None:
    assert Parcel("Pudong").notes is not Parcel("Pudong").notes


def test_a_quick_value_is_copied_with_a_change_and_kept_in_a_file() -> None:
    parcel = Parcel("Pudong", 2, {"fragile": "yes"})
    assert replace(parcel, weight=5) == Parcel("Pudong", 5, {"fragile": "yes"})
    assert copy.copy(parcel) == parcel == pickle.loads(pickle.dumps(parcel))


def test_a_quick_value_needs_what_it_needs() -> None:
    with pytest.raises(TypeError, match="to"):
        Parcel()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        Parcel("Pudong", colour="red")  # type: ignore[call-arg]


@quick_to_change
class Shelf(NamedTuple):
    """A place for parcels."""

    row: int = 0
    parcels: tuple[Parcel, ...] = ()


def test_a_changed_copy_leaves_the_first_as_it_was() -> None:
    shelf = Shelf(3)
    fuller = shelf._replace(parcels=(Parcel("Pudong"),))
    assert shelf == Shelf(3, ())
    assert fuller == Shelf(3, (Parcel("Pudong"),))
    assert type(fuller) is Shelf


def test_a_copy_changes_nothing_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="colour"):
        Shelf()._replace(colour="red")  # type: ignore[call-arg]
