"""The rules of the house, as tests: each says what to do instead (docs: CONTRIBUTING)."""
