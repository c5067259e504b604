"""What operators see: logs as JSON lines, traces and metrics."""
