"""How a fact leaves (outbox, relay) and arrives once (consumer, inbox), and the one module that knows the topology."""
