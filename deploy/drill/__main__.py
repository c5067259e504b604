"""python -m deploy.drill --seed 7."""

from deploy.drill.cli import main

if __name__ == "__main__":
    main()
