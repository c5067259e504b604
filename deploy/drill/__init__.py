"""Floods a running system with whole lifecycles, breaks everything below it, and proves the books afterwards."""
