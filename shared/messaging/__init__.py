"""How an event is published (relay) and handled once (consumer, inbox), and the topology of the broker."""
