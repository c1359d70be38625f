"""`xent --against` compared with llama.cpp, on SmolLM2 and a coarser copy of it.

Both are stored in float32. From weights of 4 bits, llama.cpp would round what they are
multiplied with to 8 bits, which changes a mean by some hundredths.
"""

import json
import urllib.request

import gguf
import numpy as np
import pytest

from xent_lib import smollm
from xent_lib.smollm.__main__ import main

PROMPT, TEXT = "The cat sat on the mat, and", " the dog lay on the rug, in 1987."
NEAR = 1e-3  # nats, of each mean


def write(path, change):
    """SmolLM2 in float32, with changed matrices."""
    file, writer = gguf.GGUFReader(smollm.find()), gguf.GGUFWriter(path, "llama")
    for one in file.fields.values():
        if not one.name.startswith(("GGUF.", "general.architecture")):
            kinds = one.types[0], one.types[-1] if len(one.types) > 1 else None
            writer.add_key_value(one.name, one.contents(), *kinds)
    for one in file.tensors:
        weights = gguf.dequantize(one.data, one.tensor_type)
        writer.add_tensor(one.name, change(weights) if weights.ndim > 1 else weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def coarse(weights):
    """Round each row to 31 steps."""
    step = abs(weights).max(axis=1, keepdims=True) / 15
    return step * np.round(weights / step)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("against")
    found = folder / "smollm2.gguf", folder / "coarse.gguf"
    for path, change in zip(found, (lambda x: x, coarse), strict=True):
        write(path, change)
    yield found
    for path in found:  # half a gigabyte each
        path.unlink()


def log_p(xllamacpp, path, ids, first):
    """llama.cpp's log-probabilities of all tokens at each place from `first` on."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = 64
    parameters.n_parallel = 1
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type(0)
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type(0)
    server, rows = xllamacpp.Server(parameters), []
    for i in range(first, len(ids)):
        asked = {"prompt": ids[:i], "n_predict": 1, "n_probs": 10**6}
        request = urllib.request.Request(
            f"{server.listening_address}/completion",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            [found] = json.load(answer)["completion_probabilities"]
        told = {one["id"]: one["logprob"] for one in found["top_logprobs"]}
        rows.append([told[k] for k in range(len(told))])
    return np.array(rows)


def test_the_differences_are_those_of_llama_cpp(peer, files, tmp_path, capsys):
    xllamacpp = peer("xllamacpp")
    path, (one, other) = tmp_path / "a.jsonl", files
    path.write_text(json.dumps({"prompt": PROMPT, "text": TEXT}))
    main(["--model", str(one), "--against", str(other), "--files", str(path), "--json"])
    line, last = map(json.loads, capsys.readouterr().out.splitlines())
    ids = smollm.load().encode(PROMPT + TEXT).tolist()
    targets = line["model"]["ids"]
    first = len(ids) - len(targets)
    assert ids[first:] == targets
    a, b = (log_p(xllamacpp, file, ids, first) for file in files)
    losses, others = (-x[np.arange(len(x)), targets] for x in (a, b))
    kl = (np.exp(a) * (a - b)).sum(axis=1)
    found = last["per_token"]
    right = losses.mean(), others.mean(), (others - losses).mean()
    assert abs(right[2]) > 20 * NEAR
    assert list(found.values())[:3] == pytest.approx(right, abs=NEAR)
    assert kl.mean() > 20 * NEAR
    assert last["kl_divergence"]["difference"] == pytest.approx(kl.mean(), abs=NEAR)
    np.testing.assert_allclose(line["kl_divergence"], kl, rtol=0, atol=5 * NEAR)
