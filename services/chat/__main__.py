"""`python -m services.chat` runs the service."""

from services.chat.app import service

if __name__ == "__main__":
    service().run()
