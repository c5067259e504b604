"""How Holdfast is brought to run: on this machine, behind one gateway."""
