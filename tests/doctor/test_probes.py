"""The probes: what each is asked for."""

import numpy as np
import pytest

from xent_doctor.probes import (
    ASKED,
    BEYOND,
    LARGE_VOCABULARY,
    MANY_ROWS,
    MORE_PROBES,
    OF_LOGITS_ALONE,
    PADDED,
    PROBES,
    SEQUENCES,
    TOKENS,
    laid,
)


def test_each_probe_is_logits_and_targets():
    asked = MORE_PROBES | PROBES
    assert len(asked) == len(MORE_PROBES) + len(PROBES)
    for name, (o, targets) in asked.items():
        assert o.shape[:-1] == targets.shape
        assert (targets < o.shape[-1]).all()
        assert (targets >= 0).all() or "padding" in name
    assert {*OF_LOGITS_ALONE} <= {*PROBES, BEYOND}


def test_large_equal_logits_swallow_ln_2():
    for dtype, asked in ASKED.items():
        large = asked[BEYOND][0].astype(dtype)
        assert (large + dtype(np.log(2)) == large).all()


def test_many_rows_differ_and_leave_a_remainder():
    o, targets = MANY_ROWS
    assert len(np.unique(o, axis=0)) == len(o) == 3001
    assert len(o) % 8
    assert len(o) % 1000
    assert len(np.unique(targets)) > 3


def test_large_ids_change_when_they_are_cut():
    ids = LARGE_VOCABULARY[1]
    assert {*(ids % 2**8)} != {*ids}
    assert {*(ids % 2**16)} != {*ids}
    assert 2_049 in ids, "which float16 rounds"


def test_largest_logits_rise_along_a_large_vocabulary_and_fall():
    rising, falling, *_ = LARGE_VOCABULARY[0][:, : 68 * 1024].reshape(4, 68, 1024)
    assert (np.diff(rising.max(axis=-1)) > 0).all()
    assert (np.diff(falling.max(axis=-1)) < 0).all()


@pytest.mark.parametrize(
    "size",
    [8, 16, 100, 128, 500, 512, 1000, 1024, 2000, 2048, 4096, 5000, 8192, 10_000],
)
def test_the_last_block_of_any_usual_size_is_incomplete_and_not_short(size):
    assert LARGE_VOCABULARY[0].shape[1] % size > size / 25


def test_padding_stands_behind_in_front_and_inside():
    assert SEQUENCES.shape[:-1] == TOKENS.shape
    for targets in PADDED.values():
        np.testing.assert_array_equal((targets < 0).sum(1), [0, 3, 1])
    assert (PADDED["at the start"][1:, 0] < 0).all()
    assert (PADDED["at the end"][1:, -1] < 0).all()
    assert (PADDED["in between"][:, [0, -1]] >= 0).all()


def test_rows_are_laid_as_two_equal_sequences():
    o, targets = PROBES["batch"]
    as_rows, as_sequences = (
        laid("batch", np.float64, sequences) for sequences in (False, True)
    )
    np.testing.assert_array_equal(as_rows[0], o)
    np.testing.assert_array_equal(as_sequences[0], [o, o])
    np.testing.assert_array_equal(as_sequences[1], [targets, targets])
    o, _ = laid("three sequences", np.float32, True)
    assert o.shape == SEQUENCES.shape
