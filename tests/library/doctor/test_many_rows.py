"""Many rows: chunks and what is left over."""

import numpy as np
import pytest

from by_hand import rows, said
from xent_lib import cross_entropy
from xent_lib.doctor import diagnose


@pytest.mark.parametrize("by_all", [False, True])
@pytest.mark.parametrize(
    ("size", "words"),
    [
        (64, "64 or 128{}: 57 of 3,001"),
        (128, "64 or 128{}: 57 of 3,001"),
        (1024, "1,024 or 2,048{}: 953 of 3,001"),
        (1000, "8 or 10 or 100 or 200 or 500 or 1,000{}: 1 of 3,001"),
    ],
)
def test_of_a_remainder_is_said_what_is_known(size, words, by_all):
    by = float(size)  # it holds no integer

    def loss(o, t):
        n = int(t.size // by * by) or t.size
        losses = rows(o, t).ravel()[:n]
        return losses.sum() / (t.size if by_all else n)

    found = diagnose(loss)
    assert found.names == ("remainder-dropped",), found
    divided = ", and divided by all" if by_all else ""
    assert f"after the last full {words.format(divided)}" in said(found)


@pytest.mark.parametrize("size", [100, 1000, 1024])
def test_chunks_are_found_with_their_size(size):
    def chunks(o, t):
        each = range(0, len(o), size)
        return [cross_entropy(o[i : i + size], t[i : i + size]).mean() for i in each]

    found = diagnose(lambda o, t: np.mean(chunks(o, t)))
    assert found.names == ("mean-of-chunks",)
    assert f"means of {size} rows" in said(found)
    first = diagnose(lambda o, t: cross_entropy(o[:size], t[:size]).mean())
    assert first.names == ("first-rows",)


def test_a_long_batch_that_is_wrong_is_a_fault():
    found = diagnose(lambda o, t: cross_entropy(o, t).mean() * (1 + (len(o) > 999)))
    assert found.names == ()
    assert "3,001 rows: yours" in said(found)
    assert 'Its rows: xent_lib.doctor.MORE_PROBES["3,001 rows"]' in said(found)


def test_many_rows_may_be_too_many():
    def loss(o, t):
        if len(o) > 1000:
            raise MemoryError
        return cross_entropy(o, t).mean()

    found = diagnose(loss)
    assert found.healthy
    assert "Of 3,001 rows: MemoryError" in said(found)


def test_who_fails_at_many_rows_is_shown():
    def loss(o, t):
        return 1 / 0 if len(o) > 1000 else cross_entropy(o, t).mean()

    found = diagnose(loss)
    assert not found.names
    assert "✗ It gives no loss 3,001 rows: yours ZeroDivisionError" in said(found)


@pytest.mark.parametrize("size", [4096, 10_000])
def test_of_a_larger_size_that_it_holds_more_rows_are_asked_for(size):
    def parts(o, t):
        each = range(0, len(o), size)
        return [cross_entropy(o[i : i + size], t[i : i + size]) for i in each]

    assert diagnose(lambda o, t: np.concatenate(parts(o, t)).mean())
    means = diagnose(lambda o, t: np.mean([one.mean() for one in parts(o, t)]))
    assert means.names == ("mean-of-chunks",), means
    full = diagnose(
        lambda o, t: np.concatenate(parts(o, t)[: len(t) // size or 1]).mean()
    )
    assert full.names == ("remainder-dropped",), full
    rest = f"{size // 2:,} of {size * 3 // 2:,}"
    assert f"without the rows after the last full {size:,}: {rest}" in said(full)


def cut(losses, size):
    return [losses[i : i + size] for i in range(0, len(losses), size)]


@pytest.mark.parametrize("size", [300, 3000])
def test_any_size_that_it_holds_is_named(size):
    def means(o, t):
        return np.mean([one.mean() for one in cut(rows(o, t), size)])

    def full(o, t):
        return rows(o, t)[: len(t) // size * size or len(t)].mean()

    assert f"means of {size} rows each" in said(diagnose(means))
    rest = f"the last full {size:,}: {3001 % size:,} of 3,001"
    assert rest in said(diagnose(full))


@pytest.mark.parametrize("nothing", [0, np.nan])
@pytest.mark.parametrize("size", [768, 5000])
def test_who_scores_full_chunks_alone_gives_nothing_of_few_rows(size, nothing):
    def loss(o, t):
        full = [one for one in cut(rows(o, t), size) if len(one) == size]
        return sum(one.sum() for one in full) / t.size if full else nothing

    found = diagnose(loss)
    assert found.names == ("remainder-dropped",), found
    assert f"after the last full {size:,}, and divided by all" in said(found)


def test_who_gives_nothing_of_any_rows_is_shown():
    found = diagnose(lambda o, t: 0 * rows(o, t).mean())
    assert found.names == ()
    assert "3,001 rows: yours 0, expected 3.1946" in said(found)


def of_one_row(o, t):
    assert o.ndim == 1
    return 0.0 * float(o[int(t)])


def of_long_batches(o, t):
    return rows(o, t).mean() if len(o) >= 64 else 0.0


@pytest.mark.parametrize("loss", [of_one_row, of_long_batches])
def test_a_constant_0_of_few_rows_is_not_healthy_for_want_of_many(loss):
    found = diagnose(loss)
    assert not found.healthy, found
    assert "yours 0" in said(found)
