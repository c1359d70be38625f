"""What a loss function holds: numbers, and sizes of a vocabulary."""

import numpy as np

from xent_lib import cross_entropy
from xent_lib.doctor import diagnose
from xent_lib.doctor._held import all_held, numbers_of, sizes_held


class Kept:
    """An instance, which keeps a number."""

    def __init__(self):
        self.void = 1


def test_sizes_are_those_of_what_it_holds():
    held = {"ids": [1, 2, 3], "array": np.zeros((7, 6)), "scalar": np.array(1.0)}

    def loss(o, t, size=40, none=0):
        return held, (1.5, 8)

    assert {3, 6, 8, 40} <= {*sizes_held(loss)}
    assert not {0, 1, 7} & {*sizes_held(loss)}


def test_numbers_are_whole_and_of_its_own():
    def inner(o):
        return o == 12, 1.5, True, "13"

    def loss(o, t, void=14, flag=True):
        return [inner(x) for x in o] if t[0] != 300 else (15, 16)

    assert numbers_of(loss) >= {12, 14, 15, 16, 300}
    assert not numbers_of(loss) & {1.5, 13}
    assert not any(type(one) is bool for one in numbers_of(loss))
    assert numbers_of(max) == set()


def test_what_it_holds_is_looked_at_once():
    criterion = Kept()
    looked_at = [*map(id, all_held(lambda o, t: criterion(o, t)))]
    assert len(looked_at) == len({*looked_at})


def test_of_much_that_it_holds_no_number_is_sought():
    much = Kept()
    vars(much).update({f"id_{i}": i for i in range(1000)})

    def loss(o, t, ids=much, module=np):
        return t == 2000

    assert 2000 in numbers_of(loss)
    assert 999 not in numbers_of(loss)


class OfLayers:
    """What no framework keeps by this name."""

    def __init__(self):
        self._modules = ["softmax"]

    def __call__(self, o, t):
        return cross_entropy(o, t)


def test_of_a_list_of_modules_no_layer_is_sought():
    assert diagnose(OfLayers()).healthy
