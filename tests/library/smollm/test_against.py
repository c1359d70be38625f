"""Two models on the same texts."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from printed import TEXT
from xent_lib import kl_divergence, smollm, softmax
from xent_lib.smollm.against import Comparison, in_blocks
from xent_lib.smollm.scoring import Score
from xent_lib.smollm.tokenizer import Tokenizer

LONG = "It is a truth universally acknowledged, that a cat sat on the mat. " * 20
TRIES = 300


@pytest.fixture(scope="module")
def coarse(tiny):
    """The tiny model with weights of fewer bits, which cuts texts the same way."""
    step = abs(tiny.output).max() / 4
    output = step * np.round(tiny.output / step)
    return replace(tiny, name="coarse", output=output, sha256="c0")


@pytest.fixture(scope="module")
def bytewise(tiny):
    """The tiny model, but that its tokens are bytes, and that it reads 64 at once."""
    tokens = [f"{i}" for i in range(tiny.V)]
    characters = smollm.tokenizer.byte_characters()
    tokens[1 : 1 + len(characters)] = characters
    words = Tokenizer(tokens, [])
    return replace(tiny, tokenizer=words, context=64, name="bytes", sha256="b7")


@pytest.fixture
def compare(run, monkeypatch, tiny, coarse, bytewise):
    """What is printed of the tiny model against another."""
    models = {"coarse": coarse, "bytes": bytewise}
    load = smollm.load
    monkeypatch.setattr(
        "xent_lib.smollm.__main__.load",
        lambda path, start: models.get(path) or load(path, start),
    )

    def compare(other, *arguments):
        printed = run("--against", other, *arguments)
        if "--json" in arguments:
            return [json.loads(line) for line in printed.splitlines()]
        return printed.splitlines()

    return compare


def test_a_model_and_its_copy_differ_by_exactly_0(compare, tmp_path):
    shutil.copy(smollm.TINY, tmp_path / "copy.gguf")
    for other in "tiny", tmp_path / "copy.gguf":
        line, last = compare(other, LONG, "--json")
        assert not any(line["kl_divergence"])
        assert line["model"] == line["against"]
        for name in "per_token", "bits_per_byte", "kl_divergence":
            assert last[name]["difference"] == last[name]["error"] == 0
    rows = compare("tiny", LONG)[1:4]
    assert all(row.endswith(" 0.00000 ± 0.00000") for row in rows)


def test_the_differences_are_of_both_models_means(compare, tiny, coarse, folder):
    *lines, last = compare("coarse", "--files", folder, "--json")
    kl = []
    for line, path in zip(lines, sorted(folder.iterdir()), strict=True):
        assert line["name"] == str(path)
        [a], [b] = (smollm.score(x, [path.read_text()]) for x in (tiny, coarse))
        for side, one in ("model", a), ("against", b):
            assert line[side]["ids"] == one.ids.tolist()
            assert line[side]["losses"] == pytest.approx(one.losses, abs=1e-3)
            assert line[side]["n_bytes"] == one.n_bytes
        ids = tiny.encode(path.read_text())[:128]
        p, q = (softmax(x.logits(ids).astype(float)) for x in (tiny, coarse))
        n = min(len(line["kl_divergence"]), 128)
        kl += line["kl_divergence"]
        assert kl[-len(a.ids) :][:n] == pytest.approx(
            kl_divergence(p, q)[:n], rel=1e-3, abs=1e-5
        )
    a, b = (np.concatenate([x[side]["losses"] for x in lines]) for side in SIDES)
    n_bytes = sum(x["model"]["n_bytes"] for x in lines)
    assert last["per_token"]["difference"] == pytest.approx((b - a).mean(), abs=1e-4)
    bits = (b - a).sum() / np.log(2) / n_bytes
    assert last["bits_per_byte"]["difference"] == pytest.approx(bits, abs=1e-4)
    assert last["kl_divergence"]["difference"] == pytest.approx(np.mean(kl), rel=1e-3)
    assert last["kl_divergence"]["difference"] > 0.01
    assert last["against"]["model"] == "coarse"


SIDES = "model", "against"


def test_other_tokens_are_compared_by_byte_alone(compare, tiny, bytewise, folder):
    *lines, last = compare("bytes", "--files", folder, "--json")
    models = tiny, bytewise
    texts = [path.read_text() for path in sorted(folder.iterdir())]
    bits = {}
    for side, model in zip(SIDES, models, strict=True):
        scores = list(smollm.score(model, texts, window=64))
        for line, one in zip(lines, scores, strict=True):
            assert line[side]["ids"] == one.ids.tolist()
            assert line["kl_divergence"] is None
        total = sum(one.losses.sum() for one in scores)
        bits[side] = total / np.log(2) / len("".join(texts).encode())
        assert last[side]["window"] == 64  # the most that both can read
    found = last["bits_per_byte"]
    assert {side: found[side] for side in SIDES} == pytest.approx(bits, rel=1e-4)
    apart = bits["against"] - bits["model"]
    assert found["difference"] == pytest.approx(apart, abs=1e-3)
    for name in "per_token", "kl_divergence":
        assert last[name]["difference"] is last[name]["error"] is None
    _, tokens, _, kl, *said = compare("bytes", "--files", folder)
    assert tokens.endswith(" not known")
    assert kl.split() == ["KL", "divergence", "not", "known"]
    assert said[0] == "The tokenizers differ: only bits per byte can be compared."
    assert said[1].startswith("No standard errors: expected 10 texts")


def test_the_table_has_what_json_has(compare):
    _, last = compare("coarse", LONG, "--json")
    head, *rows = compare("coarse", LONG)
    assert head.split() == ["--model", "--against", "difference"]
    for row, name in zip(
        rows, ["per_token", "bits_per_byte", "kl_divergence"], strict=True
    ):
        cells = row[14:].replace("±", "").split()
        right = [x for x in last[name].values() if x is not None]
        assert list(map(float, cells)) == pytest.approx(right, abs=2e-5)


def test_a_prompt_is_not_scored_by_either(compare, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"prompt": "The cat sat on ", "text": "the mat."}))
    for other in "coarse", "bytes":
        line, _ = compare(other, "--files", path, "--json")
        assert line["model"]["tokens"][0] == " the"
    assert "".join(line["against"]["tokens"]) == "the mat."


def test_each_model_begins_with_its_own_start(tiny, coarse, compare, monkeypatch):
    other = replace(coarse, start=5)
    right = [one.losses for [one] in (smollm.score(x, [TEXT]) for x in (tiny, other))]
    object.__setattr__(coarse, "start", 5)
    try:
        line, last = compare("coarse", TEXT, "--json")
    finally:
        object.__setattr__(coarse, "start", tiny.start)
    for side, losses in zip(SIDES, right, strict=True):
        assert line[side]["losses"] == pytest.approx(losses, abs=1e-4)
    assert (last["model"]["start"], last["against"]["start"]) == (tiny.start, 5)


@pytest.mark.parametrize("option", ["--save", "--join", "--scheduler", "--top"])
def test_what_has_no_meaning_beside_it_is_named(fails, option):
    said = fails(TEXT, "--against", "tiny", option, "1")
    assert "cannot be combined with " in said
    assert {option, "--against"} < set(said.replace(",", "").split())


def test_a_window_must_fit_both(fails, compare):
    assert "window must be 2 to 64, got 100" in fails(
        TEXT, "--against", "bytes", "--window", "100"
    )
    assert "No such file or directory: 'no.gguf'" in fails(TEXT, "--against", "no.gguf")


def test_a_loss_that_is_not_finite_is_named_with_its_model(
    compare, fails, skips, coarse, monkeypatch, tmp_path
):
    broken = coarse.output.copy()
    broken[7] = np.nan
    monkeypatch.setitem(coarse.__dict__, "output", broken)
    said = fails(TEXT, "--against", "coarse")
    assert f"“{TEXT}”: under --against, token 0, 'The', has the loss nan" in said
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text("")
    lines, said = skips("--against", "coarse", "--files", tmp_path)
    assert lines == []
    assert len(said) == 2


def pair_of(losses, others, sizes, other_sizes, kl=None):
    """A text of given losses, whose tokens have these sizes."""

    def score(losses, sizes):
        tokenizer = SimpleNamespace(tokens=[b"a" * n for n in range(9)])
        return Score("", np.asarray(sizes), np.asarray(losses), None, None, tokenizer)

    return replace(score(losses, sizes), kl=kl), score(others, other_sizes)


def test_a_block_has_the_tokens_that_begin_in_it():
    """The second model's tokens are of 3 bytes, and the first model's of 1."""
    pair = pair_of([1.0] * 66, [2.0] * 22, [1] * 66, [3] * 22, np.full(66, 0.5))
    rows = [[32, 32, 32, 22, 11, 33, 16], [32, 32, 32, 22, 11, 33, 16]]
    assert in_blocks(pair).tolist() == [*rows, [2, 2, 2, 0, 0, 0, 1]]


@pytest.mark.parametrize(("n_texts", "n"), [(1, 2000), (40, 60)])
def test_of_100_equally_good_models_95_are_so_within_two_errors(n_texts, n):
    """Both miss what is hard; each has moods of its own that last for some tokens."""
    rng = np.random.default_rng(n)
    z = {"tokens": [], "bytes": []}
    for _ in range(TRIES):
        same, other_tokens = Comparison(), Comparison()
        for _ in range(n_texts):
            hard = rng.exponential(3, n)
            moods = (
                np.convolve(rng.exponential(1, n + 7), np.ones(8) / 8, "valid")
                for _ in SIDES
            )
            a, b = (hard + 2 * mood for mood in moods)
            sizes = rng.integers(1, 5, n)
            same.add(pair_of(a, b, sizes, sizes, np.ones(n)))
            two = b.reshape(-1, 2).sum(axis=1), sizes.reshape(-1, 2).sum(axis=1)
            other_tokens.add(pair_of(a, two[0], sizes, two[1]))
        means = same.means()["per_token"], other_tokens.means()["bits_per_byte"]
        for name, one in zip(z, means, strict=True):
            z[name].append(one.difference / one.error)
        unpaired = 2**0.5 * 3.2 / (n_texts * n) ** 0.5
        assert means[0].error < unpaired
    for found in z.values():
        assert 0.91 < (np.abs(found) < 2).mean() < 0.98
