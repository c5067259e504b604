"""python -m deploy.verify --run .run."""

from deploy.verify.cli import main

if __name__ == "__main__":
    main()
