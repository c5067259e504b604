"""A second, simple marketplace written from docs/rules.md, and random scenarios in which both must agree."""
