"""What can be asked of orders: of an order, of a listing or store, and at the checkout."""
