"""What every service uses: contracts, messaging, storage, HTTP, time, money, the runtime. Imports no service."""
