"""When packed texts are alone in Transformers, as Which tokens count says."""

import pytest


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize(
    ("given", "alone"), [((), True), (("mask",), False), (("cache",), False)]
)
def test_texts_are_alone_without_a_mask_and_a_cache(peer, attention, given, alone):
    transformers, torch = peer("transformers"), peer("torch")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        attn_implementation=attention,
    )
    model = transformers.LlamaForCausalLM(config).eval()
    first, second = torch.randint(64, (1, 9)), torch.randint(64, (1, 12))
    ids = torch.cat([first, second], 1)
    places = torch.cat([torch.arange(9), torch.arange(12)])[None]
    mask = torch.ones_like(ids) if "mask" in given else None
    with torch.no_grad():
        own = model(second, use_cache=False).logits
        packed = model(
            ids, position_ids=places, attention_mask=mask, use_cache="cache" in given
        ).logits[:, 9:]
    apart = (packed - own).abs().max().item()
    assert (apart < 1e-5) == alone, f"{apart}, transformers {transformers.__version__}"
