"""SmolLM2 beside llama.cpp and transformers: the losses of a text of 1,024 tokens.

Each runs in a process of its own, and they take turns; the file, and so the weights,
are the same. Writes models.json and the table of README.md. ROUNDS (5) may be set in
the environment.
"""

import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from statistics import median

import tables  # beside this file

ROUNDS = int(os.environ.get("ROUNDS", "5"))
TOKENS = 1024
NAMES = ["xent_lib", "llama.cpp", "transformers"]


def ours(ids, threads):
    import numpy as np

    from xent_lib import cross_entropy, smollm

    model, ids = smollm.load(), np.array(ids)

    def read():
        h = model.hidden([ids[:-1]])
        for i in range(0, len(h), 256):
            cross_entropy(h[i : i + 256] @ model.output.T, ids[1:][i : i + 256])

    return read


def transformers(ids, threads):
    import torch
    from transformers import AutoModelForCausalLM

    from xent_lib import smollm

    torch.set_num_threads(threads)
    path, ids = smollm.find(), torch.tensor(ids)
    model = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()

    def read():
        with torch.no_grad():
            logits = model(ids[None, :-1]).logits[0]
            torch.nn.functional.cross_entropy(logits, ids[1:])

    return read


def llama_cpp(ids, threads):
    """It makes the logits of the last token alone, a fifth of the work less."""
    import xllamacpp

    from xent_lib import smollm

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(smollm.find())
    parameters.n_ctx = TOKENS + 64
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(parameters)
    asked = {"prompt": ids[:-1], "n_predict": 1, "cache_prompt": False}

    def read():
        request = urllib.request.Request(
            f"{server.listening_address}/completion",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["timings"]["prompt_n"] == TOKENS

    return read


def child(name, threads):
    """Reads the text whenever it is told to, and says how long that took."""
    # One thread's processor seconds leave out what else the machine does.
    clock = time.process_time if threads == 1 else time.perf_counter
    begun = clock()
    makers = {"xent_lib": ours, "llama.cpp": llama_cpp, "transformers": transformers}
    read = makers[name](json.loads(sys.stdin.readline()), threads)
    answer(clock() - begun)
    for _ in sys.stdin:
        begun = clock()
        read()
        answer(clock() - begun)
    answer(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def answer(x):
    print(f"found {x}", flush=True)


def start(name, threads):
    keys = ("OMP", "OPENBLAS", "MKL")
    return subprocess.Popen(
        [sys.executable, __file__, name, str(threads)],
        env=os.environ | {f"{key}_NUM_THREADS": str(threads) for key in keys},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def ask(run, told):
    print(told, file=run.stdin, flush=True)
    return heard(run)


def heard(run):
    for line in run.stdout:
        if line.startswith("found "):
            return float(line.split()[1])
    raise RuntimeError(f"{run.args} ended")


def measure(ids, threads):
    runs, begun = {}, {}
    for name in NAMES:
        run = runs[name] = start(name, threads)
        begun[name] = ask(run, json.dumps(ids))
        ask(run, "a first time")
    seconds = {name: [] for name in NAMES}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            seconds[name].append(ask(run, "again"))
    cases = {"time": [], "memory": []}
    peaks = {}
    for name, run in runs.items():
        run.stdin.close()
        peaks[name] = heard(run)
        run.wait()
    for name in NAMES:
        pairs = zip(seconds[name], seconds[NAMES[0]], strict=True)
        row = {"name": name, "load": begun[name], "rate": TOKENS / min(seconds[name])}
        row |= {"ratio": median(its / ours for its, ours in pairs)}
        cases["time"].append(row)
        ratio = peaks[name] / peaks[NAMES[0]]
        cases["memory"].append({"name": name, "mib": peaks[name], "ratio": ratio})
    label = f"SmolLM2, {threads} thread{'s' * (threads > 1)}"
    return [{"case": f"{label}, {kind}", "rows": rows} for kind, rows in cases.items()]


def main():
    from xent_book.tokens import novel
    from xent_lib import smollm

    ids = smollm.load().encode(novel()[1])[: TOKENS + 1].tolist()
    results = [case for threads in (1, 2) for case in measure(ids, threads)]
    for case in results:
        print(case["case"], *case["rows"], sep="\n  ")
    path = tables.HERE / "models.json"
    path.write_text(json.dumps({"rounds": ROUNDS, "results": results}, indent=1) + "\n")
    tables.main()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1], int(sys.argv[2]))
    else:
        main()
