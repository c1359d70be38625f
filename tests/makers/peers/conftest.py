"""Which versions are compared."""

import importlib.metadata
import os

# The doctor asks small things once, in many shapes: to compile them well takes longer.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"


def pytest_report_header():
    """The versions that are compared."""
    found = importlib.metadata.packages_distributions()
    names = ["numpy", "scipy", "sklearn", "torch", "transformers", "jax", "optax"]
    names += ["keras", "numba"]
    named = [(name, found[name][0]) for name in names if name in found]
    versions = [f"{name} {importlib.metadata.version(dist)}" for name, dist in named]
    return f"peers: {', '.join(versions)}"
