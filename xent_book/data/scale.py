"""What the loss takes, in time and memory, by full logits and by blocks; and from how
many tokens on a second process pays.

    make model
    .venv/bin/python xent_book/data/scale.py > xent_book/data/scale.json

Stored, since it depends on the machine, which is named. Ten minutes on two cores that
have nothing else to do.
"""

import json
import os
import platform
import time
import tracemalloc
from pathlib import Path

# NumPy reads it once; a worker, which imports this file, too, is told another number.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import numpy as np
from distributed import Client, LocalCluster

from xent_book.recorded import lines
from xent_lib import cross_entropy, linear_cross_entropy, smollm
from xent_lib.smollm.cluster import own_model, score_on

D = 576  # numbers a hidden state, as SmolLM2 has
TOKENS, VOCABULARIES = (128, 256, 512, 1024, 2048, 4096), [2**k for k in range(12, 18)]
LINES = 960  # of WordNet, scored by SmolLM2


def machine():
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    model = [x.split(":")[1].strip() for x in lines if x.startswith("model name")]
    return {
        "processor": next(iter(model), platform.processor()),
        "numpy": np.__version__,
    }


def full(h, w, ids):
    return cross_entropy(h @ w.T, ids)


def product(h, w, ids):
    """What both must do: make each logit, and read it once."""
    return sum((h @ part.T).max() for part in np.array_split(w, len(w) // 1024))


WAYS = {"full": full, "blocks": linear_cross_entropy, "product": product}


def layer(n, V):
    """Seconds, the least of three, and the peak of what is allocated, in bytes."""
    given = hidden(n, V)
    seconds = {name: [] for name in WAYS}
    for _ in range(3):  # in turns, since a machine has its moods
        for name, way in WAYS.items():
            begun = time.perf_counter()
            way(*given)
            seconds[name].append(time.perf_counter() - begun)
    found = {"tokens": n, "vocabulary": V}
    for name, way in WAYS.items():
        found[name] = {"seconds": digits(min(seconds[name])), "bytes": peak(way, given)}
    return found


def hidden(n, V):
    """Hidden states of n tokens, the table of a vocabulary, and ids."""
    rng = np.random.default_rng(0)
    h, w = (rng.normal(size=(k, D)).astype(np.float32) for k in (n, V))
    return h, w, rng.integers(0, V, n)


def peak(way, given):
    tracemalloc.start()
    way(*given)
    allocated = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return allocated


def alone(texts):
    """One process whose products take both cores: seconds to begin, and its rate."""
    begun = time.perf_counter()
    model = smollm.load()
    ready = time.perf_counter()
    n = sum(len(one.ids) for one in smollm.score(model, texts))
    return {
        "start": digits(ready - begun),
        "rate": digits(n / (time.perf_counter() - ready)),
        "tokens": n,
    }


def shared(texts):
    """Two worker processes of one thread each, all begun from nothing."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    model = smollm.load()
    begun = time.perf_counter()
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    )
    with cluster, Client(cluster) as client:
        client.run(own_model, model.sha256, str(model.path), model.start)
        ready = time.perf_counter()
        scores = score_on(client.scheduler.address, model, texts)
        n = sum(len(one.ids) for one in scores)
        seconds = time.perf_counter() - ready
        begun_tasks = time.perf_counter()
        client.gather(client.map(abs, range(1000), pure=False))
        a_task = (time.perf_counter() - begun_tasks) / 1000
    return {
        "start": digits(ready - begun),
        "rate": digits(n / seconds),
        "a_task": digits(a_task),
    }


def digits(x):
    return float(f"{x:.3g}")


if __name__ == "__main__":
    texts = lines()[:LINES]
    found = {
        "machine": machine(),
        "by_tokens": [layer(n, 49_152) for n in TOKENS],
        "by_vocabulary": [layer(1024, V) for V in VOCABULARIES],
        "alone": alone(texts),
        "shared": shared(texts),
    }
    print(json.dumps(found, indent=1))
