"""The tiny Llama in JAX: its losses, with exact weights or as the file holds them."""

import jax
import jax.numpy as jnp
import numpy as np

V, D, LAYERS, HEADS, WIDTH, F, T = 1024, 96, 3, 3, 32, 256, 128
EPS, BASE = 1e-5, 10_000.0
SHAPES = {
    "attn_q": (HEADS * WIDTH, D),
    "attn_k": (WIDTH, D),  # one for all heads
    "attn_v": (WIDTH, D),
    "attn_output": (D, HEADS * WIDTH),
    "ffn_gate": (F, D),
    "ffn_up": (F, D),
    "ffn_down": (D, F),
}
BY_LAYER = {"attn_norm", "ffn_norm", *SHAPES}


def beginning(rng):
    """The weights before the first step; those of the three layers side by side."""
    weights = {"token_embd": rng.normal(0, 0.05, (V, D)), "output_norm": np.ones(D)}
    weights |= {name: np.ones((LAYERS, D)) for name in ("attn_norm", "ffn_norm")}
    for name, (n, m) in SHAPES.items():
        scale = 0.4 if name in ("attn_output", "ffn_down") else 1.0
        weights[name] = rng.normal(0, scale * m**-0.5, (LAYERS, n, m))
    return {name: jnp.array(w, jnp.float32) for name, w in weights.items()}


def rounded(x):
    """To 16 bits, and back."""
    return x.astype(jnp.float16).astype(jnp.float32)


def stored(name, w):
    """A weight as the file will hold it: the embedding Q8_0, the matrices Q4_1."""
    blocks = w.reshape(-1, 32)
    if name == "token_embd":
        step = jnp.abs(blocks).max(-1, keepdims=True) / 127
        low, q = 0, jnp.round(blocks / jnp.where(step, step, 1))
    elif name in SHAPES:
        low = blocks.min(-1, keepdims=True)
        step = (blocks.max(-1, keepdims=True) - low) / 15
        q = jnp.round((blocks - low) / jnp.where(step, step, 1))
        low = rounded(low)
    else:
        return w
    return (rounded(step) * q + low).reshape(w.shape)


def as_stored(weights):
    """Stored weights, whose gradients go to the exact ones."""
    return {
        name: w + jax.lax.stop_gradient(stored(name, w) - w)
        for name, w in weights.items()
    }


ANGLES = np.arange(T)[:, None] * BASE ** (-np.arange(0, WIDTH, 2) / WIDTH)
COS, SIN = (jnp.array(f(ANGLES)[:, None], jnp.float32) for f in (np.cos, np.sin))
BEFORE = np.tril(np.ones((T, T), bool))


def turned(x):
    """Each pair of neighbours, turned by its position's angle."""
    a, b = x[..., 0::2], x[..., 1::2]
    return jnp.stack([a * COS - b * SIN, a * SIN + b * COS], -1).reshape(x.shape)


def normed(x, g):
    """Of root mean square 1, times a gain."""
    # Without a barrier XLA fuses over it, and computes the same several times.
    x = jax.lax.optimization_barrier(x)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + EPS) * g


def losses(weights, rows):
    """−ln p of each token but the first of a row, or 0 of a start token."""
    n, inputs, targets = len(rows), rows[:, :-1], rows[:, 1:].ravel()
    line = jnp.cumsum(inputs == 0, -1)  # no token sees another line
    seen = (line[:, :, None] == line[:, None, :]) & BEFORE
    mask = jnp.where(seen, 0.0, -1e9)[:, :, None]
    x = weights["token_embd"][inputs.ravel()]
    for layer in range(LAYERS):
        w = {name: w[layer] for name, w in weights.items() if name in BY_LAYER}
        h = normed(x, w["attn_norm"])
        q = turned((h @ w["attn_q"].T).reshape(n, T, HEADS, WIDTH))
        k = turned((h @ w["attn_k"].T).reshape(n, T, 1, WIDTH))[:, :, 0]
        v = (h @ w["attn_v"].T).reshape(n, T, WIDTH)
        scores = q.reshape(n, T * HEADS, WIDTH) @ k.transpose(0, 2, 1) / WIDTH**0.5
        share = jax.nn.softmax(scores.reshape(n, T, HEADS, T) + mask, -1)
        heads = share.reshape(n, T * HEADS, T) @ v
        x = x + heads.reshape(n * T, HEADS * WIDTH) @ w["attn_output"].T
        h = normed(x, w["ffn_norm"])
        gate = jax.nn.silu(h @ w["ffn_gate"].T)
        x = x + (gate * (h @ w["ffn_up"].T)) @ w["ffn_down"].T
    logits = normed(x, weights["output_norm"]) @ weights["token_embd"].T
    right = jnp.where(targets[:, None] == jnp.arange(V), logits, 0).sum(-1)
    return (jax.nn.logsumexp(logits, -1) - right) * (targets != 0)
