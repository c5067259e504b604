"""What proves the marketplace: unit, tidy and contracts need nothing; the others run on a stack of their own."""
