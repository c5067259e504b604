"""The built-in provider of play money, and the route that plays the buyer's bank; only a sandbox has them."""
