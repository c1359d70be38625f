"""What the columns of the same rows prove: unit, factor, auxiliary, rounding."""

import math

import numpy as np
import pytest

from runs import V, found, losses, printed

RUN = losses(60)


def table(**columns):
    """A table in Markdown, without a step."""
    rows = zip(*columns.values(), strict=True)
    lines = (f"| {' | '.join(map(str, row))} |" for row in rows)
    return "\n".join([f"| {' | '.join(columns)} |", "|---|---|", *lines])


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("nats", {"ppl": np.exp}),
        ("bits", {"ppl": np.exp2}),
        ("both", {"train_bpb": lambda y: y / math.log(2) / 4.3}),
        ("neither", {"ppl": lambda y: 2.5 + y / 100}),
        ("nats", {"nll_loss": lambda y: y - 0.5, "ppl": lambda y: math.exp(y - 0.5)}),
    ],
)
def test_a_perplexity_tells_the_unit(kind, columns):
    assert found(printed(RUN, **columns), "unit")[0] == [kind]


def test_a_sum_over_a_sentence_is_told_by_its_perplexity():
    kinds, numbers = found(printed(25 * RUN, ppl=lambda y: math.exp(y / 25)), "unit")
    assert (kinds, numbers["ratio"]) == (["tokens"], pytest.approx(25))


def test_bits_per_byte_tell_the_bytes_of_a_token():
    numbers = found(printed(RUN, bpb=lambda y: y / math.log(2) / 4.3), "unit")[1]
    assert numbers["bytes_per_token"] == pytest.approx(4.3, abs=0.001)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"ppl": lambda y: math.exp(y) * (1 + 0.02 * math.sin(99 * y))},  # another mean
        {"ppl": lambda y: 1.0},
        {"bpb": lambda y: y / 3 + 0.05 * math.sin(99 * y)},
    ],
)
def test_what_proves_no_unit_tells_none(columns):
    assert found(printed(RUN, **columns), "unit")[0] == []


def test_a_constant_tells_no_unit():
    assert found(printed(np.full(9, 2.5), bpb=lambda y: y / 3), "unit")[0] == []


@pytest.mark.parametrize(("scale", "kinds"), [(37, ["sum"]), (1, [])])
def test_a_loss_that_no_vocabulary_explains_may_be_a_sum(scale, kinds):
    assert found(printed(scale * RUN), "unit")[0] == kinds


@pytest.mark.parametrize(
    ("factor", "kinds"), [(4, ["losses"]), (1, []), (2.35, []), (0, [])]
)
def test_a_loss_that_is_a_whole_number_of_times_another(factor, kinds):
    text = printed(RUN, total_loss=lambda y: factor * round(y, 4))
    assert found(text, "factor")[0] == kinds


def test_a_constant_beside_a_constant_proves_no_factor():
    assert found(printed(np.full(9, 2.0), total_loss=lambda y: 4.0), "factor")[0] == []


def test_a_factor_in_some_rows_of_a_table_of_settings():
    text = table(before_loss=[11.97, 47.88, 11.97], after_loss=[11.97, 11.97, 11.97])
    kinds, numbers = found(text, "factor")
    assert (kinds, numbers["factor"]) == (["losses"], 4)


@pytest.mark.parametrize(
    ("losses_of", "kinds"),
    [([2.5, 5.0, 10.1], ["setting"]), ([2.5, 2.4, 2.6], []), ([2.5, 2.6, 2.7], [])],
)
def test_a_loss_that_grows_with_a_setting(losses_of, kinds):
    text = table(accumulation=[1, 2, 4], loss=losses_of)
    assert found(text, "factor")[0] == kinds


@pytest.mark.parametrize(
    ("factor", "start", "kinds"),
    [(4, 0, ["validation"]), (1, 0, []), (2.5, 0, []), (4, 60, [])],
)
def test_training_that_is_a_whole_number_of_times_validation(factor, start, kinds):
    y = losses(120)
    text = printed(factor * y, y, every=10)
    rows = text.splitlines()  # of validation, only those from the start on
    kept = [row for row in rows if "val" not in row or int(row.split()[1]) >= start]
    if start:
        kept = [row for row in kept if "val" in row or int(row.split()[1]) < start]
    assert [k for k in found("\n".join(kept), "factor")[0] if k != "start"] == kinds


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ({"aux_loss": lambda y: y / 100}, ["beside"]),
        ({"nll_loss": lambda y: y - 0.37}, ["inside"]),
        ({"nll_loss": lambda y: 0.9 * y}, []),
        ({"avg_loss": lambda y: y + 0.1}, []),
        ({"other_loss": lambda y: y - 0.37}, []),
    ],
)
def test_another_term_in_a_loss_or_beside_it(columns, kinds):
    assert found(printed(RUN, **columns), "auxiliary")[0] == kinds


def on_grid(y, bits):
    step = 2.0 ** (np.floor(np.log2(y)) + 1 - bits)
    return np.rint(y / step) * step


@pytest.mark.parametrize(
    ("bits", "form"), [(8, "bfloat16"), (11, "float16"), (24, None)]
)
def test_numbers_of_a_half_precision(bits, form):
    numbers = found(printed(on_grid(RUN, bits)), "rounding")[1]
    assert numbers.get("format") == form


def test_few_numbers_may_be_on_a_grid_by_chance():
    assert found("step 1 loss 2.5\nstep 2 loss 2.25", "rounding")[0] == []


def test_a_loss_of_zeros_is_on_no_grid():
    assert found(printed(np.zeros(9)), "rounding", V)[0] == []
