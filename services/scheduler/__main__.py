"""`python -m services.scheduler` runs the scheduler until SIGTERM."""

from services.scheduler.app import service

if __name__ == "__main__":
    service().run()
