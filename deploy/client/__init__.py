"""The client that plays orders through the gateway; demo, drill, bench and tests use it."""
