"""The loss in JAX: optax gives every loss, and ignores no target."""

import jax.numpy as jnp
import optax

cross_entropy = optax.losses.softmax_cross_entropy_with_integer_labels
logits = jnp.array([3.2, 1.0, -0.5, 2.5])  # mat, hat, sat, rug
print(f"{cross_entropy(logits, 0):.6f}")  # 0.489875

# Two positions, where mat and rug came: taking the mean is up to you.
rows = jnp.stack([logits, logits])
print(f"{cross_entropy(rows, jnp.array([0, 3])).mean():.6f}")  # 0.839875

# An invalid target is not an error: -1 is the last token, -100 gives NaN or,
# from 100 words on, the loss of one of them.
targets = jnp.array([0, -100])
print(f"{cross_entropy(rows, targets).mean():.6f}")  # nan, wrong
print(f"{cross_entropy(logits, -1):.6f}")  # 1.189875, wrong

# Leave padding out of the mean. The loss's where= sets it to 0, but counts it.
scored = targets >= 0
print(f"{cross_entropy(rows, targets).mean(where=scored):.6f}")  # 0.489875
losses = cross_entropy(rows, targets, where=scored)
print(f"{losses.mean():.6f}")  # 0.244937, wrong
