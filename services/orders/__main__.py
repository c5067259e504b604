"""`python -m services.orders` runs the service."""

from services.orders.app import service

if __name__ == "__main__":
    service().run()
