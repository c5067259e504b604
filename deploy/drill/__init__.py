"""Floods a running system with whole life cycles, breaks everything below it, and proves the books afterwards."""
