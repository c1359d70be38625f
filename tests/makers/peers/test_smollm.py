"""The NumPy model compared with transformers, and its tokens with llama.cpp's."""

import json
import urllib.request

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasty import ASSIGNED, KINDS, NASTY, TEXTS
from xent_lib import cross_entropy, next_token_pairs, smollm


@pytest.fixture(scope="module")
def model():
    return smollm.load()


@pytest.fixture(scope="module")
def transformers(peer):
    return peer("transformers")


@pytest.fixture(scope="module")
def torch_model(peer, transformers):
    path, torch = smollm.find(), peer("torch")
    return transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()


@pytest.mark.parametrize("text", TEXTS)
def test_the_losses_are_those_of_transformers(peer, torch_model, model, text):
    torch = peer("torch")
    inputs, targets = next_token_pairs(model.encode(text))
    with torch.no_grad():
        logits = torch_model(torch.tensor(inputs)[None]).logits[0].double()
        theirs = torch.nn.functional.cross_entropy(
            logits, torch.tensor(targets), reduction="none"
        )
    ours = cross_entropy(model.logits(inputs), targets)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=1e-3)


@pytest.fixture(scope="module")
def llama_cpp(peer):
    """llama.cpp's tokens of a text."""
    xllamacpp = peer("xllamacpp")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(smollm.find())
    parameters.n_ctx = 64
    server = xllamacpp.Server(parameters)

    def tokens(text):
        content = {"content": text, "add_special": False, "parse_special": False}
        request = urllib.request.Request(
            f"{server.listening_address}/tokenize",
            json.dumps(content).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["tokens"]

    return tokens


@pytest.mark.parametrize("text", [*TEXTS, *NASTY])
def test_the_tokens_are_those_of_llama_cpp(llama_cpp, model, text):
    assert model.tokenizer.encode(text) == llama_cpp(text)


@settings(max_examples=500, deadline=None)
@given(st.text(ASSIGNED | KINDS, min_size=1))
def test_the_tokens_of_any_text_are_those_of_llama_cpp(llama_cpp, model, text):
    assert model.tokenizer.encode(text) == llama_cpp(text)
