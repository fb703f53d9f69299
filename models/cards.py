"""Where the cards of registered versions are kept, so that serving finds them without MLflow."""

import os
import secrets
from pathlib import Path

from core.errors import NotFoundError


def write_card(cards: Path, name: str, version: int, page: str) -> Path:
    """Keeps the page of a version; whoever reads at that moment finds the one before or this one, never a part."""
    file = _file(cards, name, version)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    with temporary.open("w", encoding="utf-8") as sink:
        sink.write(page)
        sink.flush()
        os.fsync(sink.fileno())
    temporary.replace(file)
    return file


def read_card(cards: Path, name: str, version: int) -> bytes:
    """The page of a version, as UTF-8.

    Raises:
        NotFoundError: There is no such version, or it was registered before there were cards.
    """
    known = known_cards(cards)
    if f"{name}/{version}" not in known:  # asked of the list, so that no name leads out of the folder
        raise NotFoundError(
            "There is no card of {name}/{version}; there is: {known}",
            name=name,
            version=version,
            known=", ".join(known) or "-",
        )
    return _file(cards, name, version).read_bytes()


def known_cards(cards: Path) -> list[str]:
    """The versions that have a card: `churn/2`, by name and number."""
    found = [(file.parent.name, int(file.stem)) for file in cards.glob("*/*.html") if file.stem.isdecimal()]
    return [f"{name}/{version}" for name, version in sorted(found)]


def _file(cards: Path, name: str, version: int) -> Path:
    return cards / name / f"{version}.html"
