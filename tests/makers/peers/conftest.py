"""Print which versions are compared."""

import importlib.metadata
import os
from pathlib import Path

# The doctor asks small things once, in many shapes: to compile them well takes longer.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
# What JAX has compiled it finds again in the user's cache, as pip does its wheels.
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(Path.home() / ".cache/jax")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def pytest_report_header():
    """The versions that are compared."""
    found = importlib.metadata.packages_distributions()
    names = ["numpy", "scipy", "sklearn", "torch", "transformers", "jax", "optax"]
    names += ["keras", "numba"]
    named = [(name, found[name][0]) for name in names if name in found]
    versions = [f"{name} {importlib.metadata.version(dist)}" for name, dist in named]
    return f"peers: {', '.join(versions)}"
