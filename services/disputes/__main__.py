"""`python -m services.disputes` runs the service."""

from services.disputes.app import service

if __name__ == "__main__":
    service().run()
