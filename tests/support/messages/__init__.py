"""Messages that repeat, are forged, or can not be handled."""
