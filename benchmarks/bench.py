"""The library beside its peers: interleaved in one process, on pinned threads.

Prints a table a case, and writes results.json, results.svg and the tables of README.md.
THREADS (1) and ROUNDS (7) may be set in the environment.
"""

import ctypes
import json
import os
import platform
import re
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

THREADS = int(os.environ.get("THREADS", "1"))
for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{name}_NUM_THREADS"] = str(THREADS)
if hasattr(os, "sched_setaffinity"):  # JAX heeds no variable
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

import numpy as np  # noqa: E402  (the threads come first)

import tables  # noqa: E402  (beside this file)
import xent_lib  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "7"))
HERE = Path(__file__).parent
PROC = Path("/proc/self")
PEERS = ["numpy", "numba", "scipy", "scikit-learn", "torch", "jax", "optax"]
QUICK = 10**7  # logits up to which a round repeats a call, to outlast the clock

# tokens, vocabulary, dtype, order, spread of the logits
CASES = [
    (1, 4, "f", "C", 3),
    (100, 1000, "f", "C", 3),
    *((n, 32_000, "f", "C", 3) for n in (16, 64, 256, 1024)),
    *((128, v, "f", "C", 3) for v in (1000, 8000, 32_000, 128_256)),
    (512, 128_256, "f", "C", 3),
    *(
        (n, v, *kind)
        for n, v in [(100, 1000), (1000, 100), (128, 8000), (512, 32_000)]
        for kind in [("f", "C", 300), ("f", "F", 3), ("d", "C", 3), ("e", "C", 3)]
    ),
]
PROBABILITIES = [
    (n, v, dtype, "C", spread)
    for n, v in [(100, 1000), (128, 8000), (512, 32_000)]
    for dtype, spread in [("f", 3), ("f", 300), ("d", 3)]
]
PROBABILITIES += [(512, 32_000, "e", "C", 3)]
DISTANCES = [(n, v, "f", "C", 3) for n, v in [(1, 4), (100, 1000), (512, 32_000)]]


def textbook(logits, rows, targets):
    """The stable form on whole arrays."""
    logits = logits.astype("f") if logits.dtype == "e" else logits
    below = logits - logits.max(axis=-1, keepdims=True)
    return np.log(np.exp(below).sum(axis=-1)) - below[rows, targets]


def textbook_softmax(logits):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def textbook_log_softmax(logits):
    below = logits - logits.max(axis=-1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=-1, keepdims=True))


def with_numba(switch, f, *arguments):
    """The library by one of its two paths."""

    def call():
        os.environ["XENT_LIB_NUMBA"] = switch
        return f(*arguments)

    return call


def losses(logits, targets):
    """Who computes the losses: a name, and a function without arguments."""
    rows = np.arange(len(targets))
    yield "read limit", lambda: logits.max(axis=-1)
    yield "xent_lib", with_numba("0", xent_lib.cross_entropy, logits, targets)
    if installed("numba"):
        yield (
            "xent_lib, numba",
            with_numba("1", xent_lib.cross_entropy, logits, targets),
        )
    yield "textbook", lambda: textbook(logits, rows, targets)
    if installed("scipy"):
        from scipy.special import log_softmax

        yield "SciPy", lambda: -log_softmax(logits, axis=-1)[rows, targets]
    if installed("scikit-learn") and logits.dtype != "e":
        from sklearn._loss import HalfMultinomialLoss

        f = HalfMultinomialLoss(n_classes=logits.shape[1]).loss
        y = targets.astype(logits.dtype)
        yield "scikit-learn", lambda f=f: f(y, logits, n_threads=THREADS)
    if installed("torch"):
        import torch

        torch.set_num_threads(THREADS)
        torch.compiler.reset()  # after eight shapes it would no longer compile
        f = torch.nn.functional.cross_entropy
        pair = torch.from_numpy(logits), torch.from_numpy(targets)
        yield "PyTorch", lambda: f(*pair, reduction="none")
        compiled = torch.compile(lambda o, t: f(o, t, reduction="none"), dynamic=False)
        if logits.size >= 10**5 and logits.dtype == "f" and logits.flags.c_contiguous:
            yield "torch.compile", lambda: compiled(*pair)
    if installed("optax") and logits.dtype != "d":
        import jax
        from optax.losses import softmax_cross_entropy_with_integer_labels as loss

        jitted = jax.jit(loss)
        on_device = jax.device_put(logits), jax.device_put(targets)
        yield "JAX, optax", lambda: jitted(*on_device).block_until_ready()


def distributions(logits, targets):
    """Who computes softmax, log_softmax and the gradient."""
    rows = np.arange(len(targets))

    def gradient():
        p = textbook_softmax(logits)
        p[rows, targets] -= 1
        return p

    yield "read limit", lambda: logits.max(axis=-1)
    yield "softmax", with_numba("0", xent_lib.softmax, logits)
    yield "textbook softmax", lambda: textbook_softmax(logits)
    yield "log_softmax", with_numba("0", xent_lib.log_softmax, logits)
    yield "textbook log_softmax", lambda: textbook_log_softmax(logits)
    yield "gradient", with_numba("0", xent_lib.cross_entropy_grad, logits, targets)
    yield "textbook gradient", gradient
    if installed("scipy"):
        from scipy import special

        yield "SciPy softmax", lambda: special.softmax(logits, axis=-1)
        yield "SciPy log_softmax", lambda: special.log_softmax(logits, axis=-1)


def distances(logits, targets):
    """Who computes what is summed over two distributions."""
    p, q = (xent_lib.softmax(x) for x in (logits, np.flip(logits, axis=-1)))

    def soft():
        below = logits - logits.max(axis=-1, keepdims=True)
        log_p = below - np.log(np.exp(below).sum(axis=-1, keepdims=True))
        return -(p * log_p).sum(axis=-1)

    yield "read limit", lambda: p.max(axis=-1)
    yield "soft targets", with_numba("0", xent_lib.cross_entropy, logits, p)
    yield "textbook soft targets", soft
    yield "entropy", lambda: xent_lib.entropy(p)
    yield "textbook entropy", lambda: -(p * np.log(p)).sum(axis=-1)
    yield "kl_divergence", lambda: xent_lib.kl_divergence(p, q)
    yield "textbook kl_divergence", lambda: (p * np.log(p / q)).sum(axis=-1)


def linear(n=2048, d=576, v=49_152):
    """The loss of hidden states, and of the logits that are made whole for it."""
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((n, d), "f")
    weight = rng.standard_normal((v, d), "f") / 24
    layer = hidden, weight, rng.integers(0, v, n)
    whole = hidden @ weight.T
    yield "read limit", lambda: whole.max(axis=-1)
    yield "linear_cross_entropy", with_numba("0", xent_lib.linear_cross_entropy, *layer)
    yield (
        "whole logits",
        with_numba("0", lambda: xent_lib.cross_entropy(hidden @ weight.T, layer[2])),
    )


def installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def peak(f):
    """How far the memory rises in a call, in MiB (Linux alone can tell)."""
    if not (PROC / "clear_refs").exists():
        return None

    def status(key):
        text = (PROC / "status").read_text()
        return int(re.search(rf"{key}:\s+(\d+)", text)[1]) / 1024

    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)  # what is free but kept would not rise
    (PROC / "clear_refs").write_text("5")
    before = status("VmRSS")
    f()
    return max(0.0, status("VmHWM") - before)


def measure(label, size, contenders):
    """Seconds of every contender in every round, each round in turn."""
    contenders = dict(contenders)
    for f in contenders.values():
        f()
    repeats = max(1, min(1000, QUICK // size))
    seconds = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, f in contenders.items():
            f()  # the caches hold what the one before left
            start = time.perf_counter()
            for _ in range(repeats):
                f()
            seconds[name].append((time.perf_counter() - start) / repeats)
    ours = np.array(seconds[list(seconds)[1]])
    limit = min(seconds["read limit"])
    print(f"\n{label}\n{'':24}{'min µs':>12}{'median µs':>12}{'ratio':>8}"
          f"{'× limit':>9}{'MiB':>8}")  # fmt: skip
    case = {"case": label, "rows": []}
    for name, f in contenders.items():
        times = np.array(seconds[name])
        row = {
            "name": name,
            "min": times.min(),
            "median": float(np.median(times)),
            "ratio": float(np.median(times / ours)),
            "of_limit": times.min() / limit,
            "peak_mib": peak(f),
        }
        case["rows"].append(row)
        memory = "?" if row["peak_mib"] is None else f"{row['peak_mib']:.1f}"
        print(
            f"{name:24}{row['min'] * 1e6:12.1f}{row['median'] * 1e6:12.1f}"
            f"{row['ratio']:8.2f}{row['of_limit']:9.2f}{memory:>8}",
            flush=True,
        )
    return case


def batch(n, v, dtype, order, spread):
    rng = np.random.default_rng(0)
    logits = spread * rng.standard_normal((n, v), "f")
    return np.asarray(logits, dtype, order), rng.integers(0, v, n)


def label(n, v, dtype, order, spread):
    return (
        f"{n} × {v} {np.dtype(dtype)}"
        f"{', Fortran order' * (order == 'F')}{', large logits' * (spread > 100)}"
    )


def processor():
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.processor() or platform.machine()


def chart(results, path):
    """What a logit costs, as the tokens grow in number and as the vocabulary grows."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "xent"})
    figure, axes = plt.subplots(
        1, 2, figsize=(10, 4.5), sharey=True, layout="constrained"
    )
    panels = {
        "tokens (of a vocabulary of 32,000)": lambda n, v: n if v == 32_000 else None,
        "vocabulary (128 tokens)": lambda n, v: v if n == 128 else None,
    }
    colours = {
        "xent_lib": "#c2410c",
        "xent_lib, numba": "#c2410c",
        "read limit": "#1f2933",
    }
    for ax, (label, place) in zip(axes, panels.items(), strict=True):
        lines = {}
        for case in results:
            found = re.match(r"loss, (\d+) × (\d+) float32$", case["case"])
            n, v = map(int, found.groups()) if found else (0, 0)
            for row in case["rows"] if place(n, v) else []:
                point = place(n, v), row["min"] / (n * v) * 1e9
                lines.setdefault(row["name"], []).append(point)
        height = 0
        lines = {name: sorted(points) for name, points in lines.items()}
        for name, points in sorted(lines.items(), key=lambda line: line[1][-1][1]):
            colour = colours.get(name, "#5b7083")
            width = 3 if name.startswith("xent_lib") else 1.2
            ax.loglog(*zip(*points, strict=True), ".-", color=colour, linewidth=width)
            x, y = points[-1]
            height = max(y, 1.25 * height)  # labels keep apart
            ax.annotate(name, (x, height), xytext=(8, 0), textcoords="offset points",
                        va="center", color=colour)  # fmt: skip
            ax.plot([x, 1.07 * x], [y, height], color=colour, linewidth=0.5)
        places = [x for x, _ in points]
        ax.set_xticks(places, [f"{x:,}" for x in places], minor=False)
        ax.set_xticks([], minor=True)
        ax.yaxis.set_major_formatter("{x:g}")
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel(label)
    axes[0].set_ylabel("ns a logit")
    figure.savefig(path, metadata={"Date": None})


def main():
    about = {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "threads": THREADS,
        "rounds": ROUNDS,
        "versions": {name: installed(name) for name in PEERS},
    }
    print(json.dumps(about, indent=2))
    results = [
        measure(f"{what}, {label(*case)}", case[0] * case[1], contenders(*batch(*case)))
        for what, contenders, cases in [
            ("loss", losses, CASES),
            ("probabilities", distributions, PROBABILITIES),
            ("two distributions", distances, DISTANCES),
        ]
        for case in cases
    ]
    results.append(measure("layer, 2048 × 576 × 49152 float32", 10**8, linear()))
    (HERE / "results.json").write_text(
        json.dumps({**about, "results": results}, indent=1) + "\n"
    )
    tables.main()
    chart(results, HERE / "results.svg")


if __name__ == "__main__":
    sys.exit(main())
