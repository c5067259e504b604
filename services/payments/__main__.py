"""python -m services.payments: run the service."""

from services.payments.app import service

service().run()
