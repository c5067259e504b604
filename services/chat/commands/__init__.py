"""What can be asked of chat, one transaction each."""
