"""Deployment of Holdfast: local mode, gateway, broker topology, migrations, generated pages and checks."""
