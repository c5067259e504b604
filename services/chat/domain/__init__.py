"""The rules of chat: pure, without storage or clock."""
