"""Actors, stacks and faults for tests: the words in which the tests are written."""
