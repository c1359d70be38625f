"""What the keys of real programs mean."""

import pytest

from xent_lib.logs.rows import meaning


@pytest.mark.parametrize(
    ("key", "role", "split"),
    [
        ("loss", "loss", ""),
        ("trainLoss", "loss", "train"),
        ("train/CrossEntropyLoss", "loss", "train"),
        ("train_loss_step", "loss", "train"),
        ("eval_loss", "loss", "validation"),
        ("lm loss", "loss", ""),
        ("lm loss PPL", "perplexity", ""),
        ("val_bpb", "bytes", "validation"),
        ("loss scale", "other", ""),
        ("loss_scaler", "other", ""),
        ("learning_rate", "other", ""),
        ("val_accuracy", "other", "validation"),
        ("run - loss__MIN", "other", ""),
        ("validation loss at iteration", "step", "validation"),
        ("global_step", "step", ""),
        ("gradient_accumulation_steps", "other", ""),
        ("eval_steps_per_second", "other", "validation"),
        ("num_updates", "step", ""),
        ("end of epoch", "epoch", ""),
        ("lm loss/end_step", "other", ""),
        ("num_tokens", "other", ""),
        ("Epoch", "epoch", ""),
        ("grad_norm", "norm", ""),
        ("rewards/chosen", "reward", ""),
        ("dev", "split", "validation"),
        ("", "other", ""),
    ],
)
def test_a_key_means(key, role, split):
    assert meaning(key)[:2] == (role, split)
