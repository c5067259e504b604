"""python -m deploy.demo --run .run."""

from deploy.demo.cli import main

if __name__ == "__main__":
    main()
