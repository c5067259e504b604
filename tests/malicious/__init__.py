"""What somebody sends who wishes us no good: nothing breaks, nothing is repeated, nothing changes."""
