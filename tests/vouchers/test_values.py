"""Values are frozen, compared by their fields, copied with a change, and told like dataclasses."""

import copy
import gc
import pickle
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass

import pytest

from vouchers.values import Value, field, replace


class Parcel(Value):
    """Something with a field of every sort."""

    to: str
    weight: int = 1
    notes: Mapping[str, str] = field(default_factory=dict)


class Shelf(Value, eq=False):
    """A place for parcels, which is itself and no other."""

    row: int = 0
    parcels: tuple[Parcel, ...] = ()


def test_a_value_has_its_fields_by_place_and_by_name() -> None:
    parcel = Parcel("Pudong", weight=3)
    assert (parcel.to, parcel.weight, parcel.notes) == ("Pudong", 3, {})
    assert parcel == Parcel(to="Pudong", weight=3, notes={})
    assert repr(parcel) == "Parcel(to='Pudong', weight=3, notes={})"


def test_a_value_cannot_be_changed() -> None:
    parcel = Parcel("Pudong")
    with pytest.raises(AttributeError):
        parcel.weight = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del parcel.to
    with pytest.raises(AttributeError):
        parcel.colour = "red"  # type: ignore[attr-defined]


def test_each_value_has_its_own_made_default() -> None:
    assert Parcel("Pudong").notes is not Parcel("Pudong").notes


def test_a_value_is_copied_with_a_change_and_kept_in_a_file() -> None:
    parcel = Parcel("Pudong", 2, {"fragile": "yes"})
    assert replace(parcel, weight=5) == Parcel("Pudong", 5, {"fragile": "yes"})
    assert parcel.weight == 2
    assert copy.copy(parcel) == parcel == pickle.loads(pickle.dumps(parcel))


def test_a_value_needs_what_it_needs_and_has_nothing_else() -> None:
    with pytest.raises(TypeError, match="to"):
        Parcel()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        Parcel("Pudong", colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        replace(Parcel("Pudong"), colour="red")


def test_values_that_are_equal_are_one_key_unless_each_is_itself() -> None:
    class Point(Value):
        x: int = 0

    assert {Point(1): "a"}[Point(1)] == "a"
    assert Shelf() != Shelf()
    assert len({Shelf(), Shelf()}) == 2


def test_who_asks_for_the_fields_of_a_dataclass_gets_those_of_a_value() -> None:
    assert is_dataclass(Parcel)
    assert is_dataclass(Parcel("Pudong"))
    to, weight, notes = fields(Parcel)
    assert (to.name, to.type, to.default) == ("to", str, MISSING)
    assert (weight.name, weight.default) == ("weight", 1)
    assert (notes.default, notes.default_factory) == (MISSING, dict)
    assert asdict(Shelf(3, (Parcel("Pudong"),))) == {
        "row": 3,
        "parcels": ({"to": "Pudong", "weight": 1, "notes": {}},),
    }


def test_the_search_for_reference_cycles_leaves_values_out() -> None:
    assert not gc.is_tracked(Shelf(3, (Parcel("Pudong"),)))
