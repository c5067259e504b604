"""Pictures of other people: read, turned upright and written anew in processes of their own (rules 8.3)."""
