"""The pages that are made from the code: `python -m deploy.docs` writes them, a test says when one is stale."""
