"""`python -m benchmarks`: the full build against hand-written SQL."""

from benchmarks.full_build import main

if __name__ == "__main__":
    main()
