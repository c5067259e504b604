"""HTTP: the caller, strict bodies, the command executor, and refusals as problem+json."""
