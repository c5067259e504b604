"""The acceptance scenarios, one test each with its number, through HTTP on real servers and the sandbox clock."""
