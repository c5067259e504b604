"""Orders: listings, checkouts and the lifecycle of every order."""
