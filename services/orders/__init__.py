"""Orders: listings, checkouts and the life of every order."""
