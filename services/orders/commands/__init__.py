"""Commands of orders, reviews, listings and stores, and the checkout."""
