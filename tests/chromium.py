"""The browser in which pages are tested: the machine's own Chromium or Chrome, or one that is installed now.

`python -m tests.chromium` sees to it that there is one; `make test` does so first.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium() -> str | None:
    """The path of a browser of this machine; None where Playwright's own is to be used."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Install one: by the system's packages where we may, else Playwright's own build."""
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run([apt, *step], check=False, stdout=subprocess.DEVNULL)  # noqa: S603 (our own words)
    if find_chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if find_chromium() is None:
        install()
