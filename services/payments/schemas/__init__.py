"""The bodies that payments takes and gives, one file per subject."""
