"""What every service stands on: contracts, messaging, storage, HTTP, time, money, the runtime. Imports no service."""
