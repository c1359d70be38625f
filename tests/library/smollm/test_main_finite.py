"""The command: a loss that is not finite is an error, and is never written."""

import json
from dataclasses import replace

import numpy as np
import pytest

from printed import TEXT, assert_alike
from xent_lib.smollm import cluster, records, scoring
from xent_lib.smollm.__main__ import make_parser, work

NOT = "not a finite number"


@pytest.fixture(params=[np.nan, np.inf])
def wrong(tiny, monkeypatch, request):
    """What the model finds as the loss of " sat"."""
    run, [_, sat] = scoring.run, tiny.encode(" sat")

    def changed(model, batch, *_):
        found = run(model, batch)
        for (ids, begin), (losses, *_) in zip(batch, found, strict=True):
            losses[ids[begin:] == sat] = request.param
        return found

    monkeypatch.setattr(scoring, "run", changed)
    return request.param


@pytest.fixture
def use(monkeypatch):
    """Has the command load a model."""
    return lambda model: monkeypatch.setattr(
        "xent_lib.smollm.__main__.load", lambda *_: model
    )


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two good ones, and two others between them, of which one has two parts."""
    monkeypatch.setattr(records, "LEAST", 1)
    long = "A dog. " * 32
    for name, text in zip("abcd", ["A dog.", TEXT, f"{long}{TEXT}", long], strict=True):
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in "abcd"]


def strict(lines):
    """Of JSON, which has no NaN and no Infinity."""
    return [json.loads(line, parse_constant=pytest.fail) for line in lines]


def test_a_text_is_named_with_the_token(wrong, fails):
    said = fails("A dog.", f"{TEXT} " * 9, "--json", "--skip")
    name = "“The cat sat on the mat. The cat sat on …”"
    assert said == f"xent: {name}: token 3, ' sat', has the loss {wrong}: {NOT}\n"


def test_weights_that_are_no_numbers_give_such_a_loss(tiny, use, fails):
    output = tiny.output.copy()
    output[7, 7] = np.nan
    use(replace(tiny, output=output))
    assert fails(TEXT) == f"xent: “{TEXT}”: token 0, 'The', has the loss nan: {NOT}\n"


def test_a_file_ends_the_run_and_is_not_saved(wrong, fails, files, tmp_path):
    saved = tmp_path / "saved"
    said = fails("--save", saved, "--files", *files)
    assert said == f"xent: {files[1]}: token 3, ' sat', has the loss {wrong}: {NOT}\n"
    [line] = strict(saved.read_text().splitlines())
    assert line["name"] == str(files[0])


def test_with_skip_it_is_left_out_of_the_sums_and_of_what_is_saved(
    wrong, run, skips, files, tmp_path
):
    """Also those of its parts that came before."""
    saved, some = tmp_path / "saved", (files[0], files[3])
    good = run("--files", *some)
    options = "--save", saved, "--files", *files
    for _ in range(2):  # anew, and resumed
        lines, said = skips(*options)
        assert_alike("\n".join(lines), good.rstrip())
        assert [line.split(": ")[2] for line in said] == list(map(str, files[1:3]))
        names = {line["name"] for line in strict(saved.read_text().splitlines())}
        assert names == set(map(str, some))
    assert_alike(run("--join", saved), good)
    top = "--top", 2, "--files"
    assert len(skips(*top, *files)[0]) == len(run(*top, *some).splitlines())


def test_the_last_line_of_json_is_without_what_is_skipped(wrong, run, skips, files):
    *_, right = strict(run("--json", "--files", files[0], files[3]).splitlines())
    *_, last = strict(skips("--json", "--files", *files)[0])
    assert last["n_tokens"] == right["n_tokens"]
    assert last["total"] == pytest.approx(right["total"], rel=1e-5)


def test_of_a_file_that_is_left_out_no_later_part_is_taken(wrong, skips, files):
    files[1].write_text(f"{TEXT} {'A dog. ' * 32}")
    lines, [_] = skips("--json", "--files", files[1])
    assert lines == []


def test_a_line_is_named_and_can_be_skipped(wrong, skips, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(f'"A dog."\n"{TEXT}"\n"A dog."\n')
    lines, [said] = skips("--json", "--files", path)
    assert (
        said == f"xent: skipped: {path}:2: token 3, ' sat', has the loss {wrong}: {NOT}"
    )
    assert strict(lines)[-1]["n_sequences"] == 2


def test_another_start_token_after_which_there_is_none_is_named(tiny, use, fails):
    embedding, [_, b] = tiny.embedding.copy(), tiny.encode("b")
    embedding[b] = np.nan
    use(replace(tiny, embedding=embedding, output=tiny.output, other_start=b))
    assert fails("A dog.").startswith("xent: “A dog.” after b: token 0, 'A', has ")


def test_a_cluster_is_left_before_the_error_is_told(wrong, monkeypatch):
    """At the end of the program its client would wait for a loop that is gone."""
    left = []

    def compute(address, model, told, pieces):
        try:
            yield from scoring.compute(model, pieces)
        finally:
            left.append(address)

    monkeypatch.setattr(cluster, "compute", compute)
    arguments = ["--model", "tiny", "A dog.", TEXT, "--scheduler", "tcp://host:1"]
    with pytest.raises(ValueError, match=NOT):
        work(make_parser().parse_args(arguments), "xent")
    assert left == ["tcp://host:1"]


def test_a_perplexity_that_is_too_large_is_null_in_json(tiny, use, run):
    use(replace(tiny, output=1000 * tiny.output))
    *_, last = strict(run(TEXT, "--json").splitlines())
    assert last["perplexity"] is None
    assert last["per_token"] > 1000
