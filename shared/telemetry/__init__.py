"""What operators see: one JSON log line per fact, a trace from click to effect, metrics for what hurts."""
