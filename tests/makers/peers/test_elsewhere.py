"""chapters/elsewhere.md: what its programs print, its table, and what it says.

And what the lines of PyTorch in Chapter 4 print.
"""

import importlib.metadata
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from xent_book.example import logits
from xent_lib import cross_entropy, softmax

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "chapters/elsewhere.md").read_text(encoding="utf8")
ROWS = [row.split(" | ") for row in re.findall(r"^\| (.+) \|$", PAGE, re.M)]
COLUMNS = list(zip(*ROWS, strict=True))
TABLE = runpy.run_path(str(ROOT / "xent_book/elsewhere/table.py"))
NEEDS = {
    "xent_lib": ["ml_dtypes"],
    "pytorch": ["torch"],
    "optax": ["jax", "optax"],
    "keras": ["keras", "torch", "jax"],
    "scikit_learn": ["sklearn", "ml_dtypes"],
    "transformers": ["torch", "transformers"],
    "jax": ["jax"],
}
PROGRAMS = sorted((ROOT / "xent_book/elsewhere").glob("in_*.py"))
KERAS = ROOT / "xent_book/elsewhere/in_keras.py"


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    """Keras would want TensorFlow, and write into your home."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def needs(peer):
    """Asks for the packages of a library, named as its program or its column is."""

    def ask(name):
        name = re.sub(r"^in_|^\[|\].*", "", name).replace("-", "_").lower()
        for package in NEEDS[name]:
            peer(package)

    return ask


def run(*arguments):
    """The lines that a program prints."""
    command = [sys.executable, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.parametrize(
    ("path", "backend"),
    [*((path, "torch") for path in PROGRAMS), (KERAS, "jax")],
    ids=lambda value: getattr(value, "stem", value),
)
def test_a_program_prints_what_stands_beside(needs, monkeypatch, path, backend):
    needs(path.stem)
    monkeypatch.setenv("KERAS_BACKEND", backend)
    beside = re.findall(r"^print.*  # ([^\s,]+)", path.read_text(encoding="utf8"), re.M)
    assert run(path) == beside


def test_the_lines_of_pytorch_in_chapter_4_print_what_stands_below_them(needs):
    needs("pytorch")
    chapter = (ROOT / "chapters/04-token-loss.ipynb").read_text(encoding="utf8")
    first = "".join(json.loads(chapter)["cells"][0]["source"])
    fences = r"```python\n(.+?)```\n\n```text\n(.+?)\n```"
    ((code, below),) = re.findall(fences, first, re.S)
    assert run("-c", code) == below.splitlines()


def test_the_table_has_these_rows_and_columns():
    assert COLUMNS[0] == ("the loss of", "---", *TABLE["ROWS"])
    assert [column[0] for column in COLUMNS[1:]] == list(TABLE["LIBRARIES"])


@pytest.mark.parametrize("column", COLUMNS[1:], ids=lambda column: column[0])
def test_a_column_is_what_the_library_does(needs, column):
    library, _, *cells = column
    needs(library)
    assert TABLE["column"](library) == cells


def release(version):
    return [*map(int, version.split("."))]


def test_the_versions_that_were_called_are_as_the_page_says_or_older(needs):
    """Of a newer release the table holds as well, or the tests above are red."""
    (line,) = re.findall(r"^The versions called on .+", PAGE, re.M)
    for package, name in TABLE["CALLED"].items():
        needs(name)
        called = re.findall(rf"\b{name} ([\d.]+\d)", line)
        found = re.match(r"[\d.]+\d", importlib.metadata.version(package))[0]
        assert min(map(release, called)) <= release(found)


def test_keras_takes_tensorflow_by_default(needs, monkeypatch):
    needs("keras")
    monkeypatch.delenv("KERAS_BACKEND")
    code = "import keras; print(keras.backend.backend())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = ran.stdout or ran.stderr.splitlines()[-1]  # which is not installed here
    assert "tensorflow" in said


def test_positions_in_one_long_row_give_the_mean_in_pytorch(peer):
    torch = peer("torch")
    rng = np.random.default_rng(0)
    o, targets = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3))
    flat = torch.tensor(o).flatten(0, 1), torch.tensor(targets).flatten()
    loss = torch.nn.functional.cross_entropy(*flat)
    np.testing.assert_allclose(loss, cross_entropy(o, targets, reduction="mean"))


def test_probabilities_pass_for_logits_in_pytorch(peer):
    torch = peer("torch")
    p = softmax(logits)
    loss = torch.nn.functional.cross_entropy(torch.tensor(p), torch.tensor(0))
    np.testing.assert_allclose(loss, cross_entropy(p, 0))


CLIPS = """
import keras, numpy as np
loss = keras.losses.SparseCategoricalCrossentropy
print(f"{loss()(np.array([0]), np.array([[0.0, 1.0]])):.4f}")
rounded, at = loss(from_logits=True, dtype="bfloat16"), 9 * np.eye(300)
print(*(f"{rounded(np.array([257]), at[[token]]):.2f}" for token in (256, 257)))
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_keras_clips_at_1e_7_and_rounds_targets(needs, monkeypatch, backend):
    needs("keras")
    monkeypatch.setenv("KERAS_BACKEND", backend)
    clipped, rounded = run("-c", CLIPS)
    assert clipped == f"{-np.log(1e-7):.4f}"
    assert rounded == "0.04 9.06"  # as if 256 were the target


def test_scikit_learn_wants_all_labels_and_takes_scores_between_0_and_1(peer):
    log_loss = peer("sklearn.metrics").log_loss
    with pytest.raises(ValueError, match="labels"):
        log_loss([0, 3], [softmax(logits)] * 2)
    for score in (1.5, -0.5):
        with pytest.raises(ValueError, match=r"greater than 1|lower than 0"):
            log_loss([0], [[score, 0.5]], labels=[0, 1])
    with pytest.warns(UserWarning, match="do not sum to one"):
        loss = log_loss([0], [[0.5, 0.1]], labels=[0, 1])
    np.testing.assert_allclose(loss, np.log(2))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scikit_learn_s_highest_loss_is_that_of_the_epsilon(peer, dtype):
    p = np.array([[0, 1]], dtype)
    loss = peer("sklearn.metrics").log_loss([0], p, labels=[0, 1])
    np.testing.assert_allclose(loss, -np.log(np.finfo(dtype).eps), rtol=1e-6)


def test_the_models_of_bart_s_family_do_not_shift_their_labels(peer):
    torch, transformers = peer("torch"), peer("transformers")
    sizes = {"vocab_size": 4, "d_model": 4, "decoder_attention_heads": 2}
    config = transformers.BartConfig(**sizes, decoder_layers=1, decoder_ffn_dim=4)
    model = transformers.BartForCausalLM(config).eval()
    ids = torch.tensor([[0, 1, 2, 3]])
    answer = model(ids, labels=ids)
    unshifted = torch.nn.functional.cross_entropy(answer.logits[0], ids[0])
    torch.testing.assert_close(answer.loss, unshifted)


def test_transformers_takes_label_smoothing_and_smooths_nothing(peer):
    torch, transformers = peer("torch"), peer("transformers")
    sizes = {"vocab_size": 4, "hidden_size": 4, "num_attention_heads": 2}
    config = transformers.LlamaConfig(**sizes, num_hidden_layers=1, intermediate_size=4)
    model = transformers.LlamaForCausalLM(config)
    ids = torch.tensor([[0, 1, 2, 3], [0, 2, 0, 0]])
    plain, smoothed = (
        model(ids, labels=ids, **options).loss.item()
        for options in ({}, {"label_smoothing": 0.1})
    )
    assert plain == smoothed
