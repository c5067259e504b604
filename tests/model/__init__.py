"""A second, simple marketplace written from docs/rules.md, and random stories in which both must agree."""
