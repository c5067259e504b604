"""What tests share: people, stacks, scenarios, faults, and storage in memory."""
