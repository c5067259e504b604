"""The live side of chat: frames, sessions, and the hub that gives each session what is for it (rules 8.1, 8.2)."""
