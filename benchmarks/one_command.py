"""`python -m benchmarks.one_command score ...`: one `tagloop` command, then the MiB that it held at most."""

from benchmarks.memory import peak_mb
from tagloop.cli import main

if __name__ == "__main__":
    try:
        main()
    finally:  # the command ends by SystemExit
        print(peak_mb())
