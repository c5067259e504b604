"""Whole orders from checkout to their end, each with everything that must be true then."""
