"""The rules of money: pure functions and values, without storage, messages or a clock."""
