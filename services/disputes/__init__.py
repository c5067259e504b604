"""Disputes: cases that support decides, and how accounts stand after their conduct."""
