"""Random examples are the same in every run: a test that fails here fails everywhere."""

from hypothesis import settings

settings.register_profile("house", derandomize=True, deadline=None, database=None, max_examples=150)
settings.load_profile("house")
