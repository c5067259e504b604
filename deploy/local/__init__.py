"""Local mode: private PostgreSQL, RabbitMQ and nginx and the services, side by side in one run directory."""
