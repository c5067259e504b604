"""HTTP in: who asks, whether the body can be right, the one door that answers, and refusals as problem+json."""
