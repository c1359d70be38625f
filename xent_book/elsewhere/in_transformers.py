"""The loss in transformers: labels are the inputs; the model shifts them."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

# A Llama without layers: after token i, four logits, the largest for i + 1.
logits = torch.tensor([3.2, 1.0, -0.5, 2.5])
sizes = {"vocab_size": 4, "hidden_size": 4, "num_attention_heads": 2}
config = LlamaConfig(**sizes, num_hidden_layers=0, rms_norm_eps=0.0)
model, weight = LlamaForCausalLM(config), [logits.roll(i + 1) for i in range(4)]
model.model.embed_tokens.weight.data = torch.eye(4)
model.lm_head.weight.data = torch.stack(weight, dim=1) / 2

# Four tokens, three predictions: their mean. Do not shift labels yourself.
ids = torch.tensor([[0, 1, 2, 3], [0, 2, 0, 0]])
print(f"{model(ids[:1], labels=ids[:1]).loss:.6f}")  # 0.489875
print(f"{model(ids[:1, :-1], labels=ids[:1, 1:]).loss:.6f}")  # 2.689875, wrong

# The second row ends in padding. The attention mask leaves it in the loss.
mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
print(f"{model(ids, mask, labels=ids).loss:.6f}")  # 1.339875, wrong
labels = ids.where(mask == 1, -100)
print(f"{model(ids, mask, labels=labels).loss:.6f}")  # 1.039875

# One row at a time: tell each call how many targets are scored in all.
first = model(ids[:1], labels=labels[:1], num_items_in_batch=4).loss
second = model(ids[1:], labels=labels[1:], num_items_in_batch=4).loss
print(f"{first + second:.6f}")  # 1.039875
