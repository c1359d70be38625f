"""The recorded training runs are what their program trains, with the right slopes."""

import numpy as np
import pytest

from xent_book.data import runs as recipe
from xent_book.recorded import FOLDER, STEPS, runs

RUNS = runs()
STEP = 1 / STEPS["runs"]  # in which losses are stored
SOME = 1 + recipe.EVERY  # the first steps, up to the second look at the held-out text


def test_each_run_is_stored():
    assert [*RUNS] == [*recipe.SETUPS]
    for name, run in RUNS.items():
        assert bool(len(run.train)) == (name in recipe.SHOWN)
        assert len(run.at) == len(run.held_out) == len(run.accuracy) > 0
        assert len(run.pieces) == recipe.PIECES


@pytest.mark.parametrize("name", [*recipe.SHOWN, "stands, both"])
def test_a_run_begins_as_it_is_stored(name):
    stored, found = RUNS[name], recipe.record(recipe.SETUPS[name], SOME)
    assert len(found["train"]) == recipe.EVERY
    near = {"rtol": 0, "atol": 1.01 * STEP}  # at the edge of a step
    if name in recipe.SHOWN:
        first = stored.train[: recipe.EVERY]
        np.testing.assert_allclose(found["train"] * STEP, first, **near)
    for part in ("held_out", "accuracy"):
        np.testing.assert_allclose(
            found[part] * STEP, getattr(stored, part)[:2], **near
        )
    assert found["at"].tolist() == stored.at[:2].tolist()


def test_the_slopes_are_those_of_the_loss():
    setup = recipe.Setup(context=2, hidden=3)
    seen, came = recipe.windows(" it is a truth universally ", setup.context)
    model = recipe.Model(setup)
    _, slopes = model.gradient(seen, came)
    rng = np.random.default_rng(0)
    for weights, slope in zip(model.weights, slopes, strict=True):
        way, kept = rng.normal(size=weights.shape), weights.copy()
        ends = []
        for sign in (-1, 1):
            weights[:] = kept + sign * 1e-5 * way
            ends.append(model.gradient(seen, came)[0])
        weights[:] = kept
        assert (ends[1] - ends[0]) / 2e-5 == pytest.approx(
            (slope * way).sum(), abs=1e-7
        )


def test_a_run_is_the_same_until_it_is_trained_otherwise():
    assert (RUNS["spike"].train[:2000] == RUNS["healthy"].train[:2000]).all()
    assert RUNS["spike"].train[2005] > RUNS["healthy"].train[2005] + 1
    lower, stands = RUNS["stands, lower rate"], RUNS["stands"]
    before = lower.at < 3900
    assert (lower.held_out[before] == stands.held_out[before]).all()


def test_a_log_has_the_means_of_batches_and_the_held_out_losses():
    run = RUNS["healthy"]
    first, *lines = run.log(50).splitlines()
    assert first == f"step 0 | val_loss {run.held_out[0]:.4f}"
    assert lines[0] == f"step 50 | loss {run.train[:50].mean():.4f}"
    assert lines[4].endswith(f" | val_loss {run.held_out[2]:.4f}")
    assert len(lines) == len(run.train) // 50
    assert run.log(50, 4, 100).splitlines()[2] == (
        f"step 100 | loss {4 * run.train[50:100].mean():.4f}"
    )


def test_it_is_small():
    assert len((FOLDER / "runs.npz").read_bytes()) < 100_000
