"""Where an advance of the sandbox clock ends, and when all services are idle. Pure."""
