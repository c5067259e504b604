"""`make docs` writes every generated page; with --check it only names those that are stale."""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import argparse
import sys

from deploy.docs.pages import ROOT, stale, write


def main() -> None:
    """Write or check the pages, and print which."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docs", description="Make the generated pages of docs/.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a page is stale")
    found = stale()
    if parser.parse_args().check:
        if found:
            sys.exit("\n".join(f"{path.relative_to(ROOT)} is stale: run make docs" for path in found))
        return
    for path in found:
        write(path)
        print(f"written: {path.relative_to(ROOT)}")
    if not found:
        print("Every page is up to date.")


if __name__ == "__main__":
    interrupts.run(main, "Again: make docs")
