"""Documents of JSON and of Python, and columns without a name."""

import json

import pytest

from runs import DOCUMENTS, HELD_OUT, TRAIN
from xent_lib import read_log


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("write", [json.dumps, lambda x: json.dumps(x, indent=2), str])
def test_a_document_is_read(name, write):
    log = read_log(write(DOCUMENTS[name])).log
    assert log.train.y.tolist() == TRAIN
    assert log.valid.y.tolist() == HELD_OUT


def test_an_object_without_numbers_is_no_row():
    assert read_log('[{"loss": 2.5}, {}, {"loss": 2.25}]').log.train.y.tolist() == [
        2.5,
        2.25,
    ]


def test_a_list_of_pairs_is_a_curve():
    train = read_log(str([[10 * i, y] for i, y in enumerate(TRAIN)])).log.train
    assert train.x.tolist() == [0, 10, 20, 30, 40]
    assert train.y.tolist() == TRAIN


def test_numbers_of_python_that_json_lacks_are_read():
    train = read_log(
        "{'loss': [float('nan'), 2.5]}".replace("float('nan')", "nan")
    ).log.train
    assert train.y[1] == 2.5
    assert train.y[0] != train.y[0]


def test_an_integer_beyond_floats_is_infinity():
    assert read_log(f'{{"loss": 1{"0" * 400}}}').log.train.y.tolist() == [float("inf")]


def test_a_first_column_that_does_not_count_is_a_loss():
    assert read_log("3.5 3.25\n3.0 2.75\n").log.train.unit == ""
