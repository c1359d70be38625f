"""Hypothesis without deadlines and without chance: every run sees the same examples."""

from hypothesis import settings

settings.register_profile(
    "xent_lib", deadline=None, derandomize=True, database=None, max_examples=50
)
settings.load_profile("xent_lib")
