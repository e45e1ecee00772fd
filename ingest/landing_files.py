"""What lies in the landing folder, and what of it lies where it cannot be loaded.

Deliveries are the files `<landing>/<source>/<entity>/<name>`. Whatever else is there is found too, with a sentence that
says why it is not loaded and what to do, so that nothing is passed over in silence; only names that begin with a full
stop or an underscore are. Whether a file can be read is not known here (`ingest.loader`).
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.contracts import GENERIC, Contract, vendor_contracts
from ingest.lake import raw_table
from ingest.readers import has_known_ending
from ingest.sources import vendor_of

#: Folders that a delivery lies in: its source's and its entity's.
_DEPTH = 2


class LandingError(RuntimeError):
    """The landing folder as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Found:
    """Something in landing.

    Attributes:
        path: where it lies.
        parts: the same below landing.
        fault: why it cannot be loaded and what to do, in one sentence; empty for a file that may be read.
    """

    path: Path
    parts: tuple[str, ...]
    fault: str = ""

    @property
    def file(self) -> str:
        """The path below landing as text; bytes that are no UTF-8 are written as `\\xff`."""
        return "/".join(self.parts).encode(errors="surrogateescape").decode(errors="backslashreplace")

    @property
    def source(self) -> str:
        """The source whose folder it lies in; empty if in none."""
        return self.file.split("/")[0] if len(self.parts) > 1 else ""

    @property
    def entity(self) -> str:
        """The entity in whose folder it lies; empty if in none, or deeper."""
        return self.file.split("/")[1] if len(self.parts) == _DEPTH + 1 else ""

    @property
    def contract(self) -> Contract | None:
        """The contract of its entity; None if there is none."""
        return vendor_contracts(vendor_of(self.source) or GENERIC).get(self.entity)

    @property
    def table(self) -> str:
        """The table of `raw` whose load meets the file; empty if none does."""
        return raw_table(self.source, self.entity) if self.contract else ""


def landing_files(landing: Path, tables: Collection[str] | None = None) -> list[Found]:
    """Everything in landing that somebody may have meant as a delivery, by path.

    Links to folders are not followed. A landing folder that does not exist holds nothing.

    Args:
        landing: the folder.
        tables: only what the loads of these tables of `raw` meet, for which no other folder is looked into.

    Raises:
        LandingError: landing is no folder, or may not be read.
    """
    if not landing.exists():
        return []
    check_landing(landing)
    found: list[Found] = []

    def add(path: Path, fault: str = "") -> None:
        one = Found(path, path.relative_to(landing).parts, fault)
        found.append(one if fault else Found(one.path, one.parts, _fault_of_place(one)))

    def unreadable(error: OSError) -> None:
        add(Path(error.filename), f"the folder cannot be read ({error.strerror}); {_RIGHTS}")

    for folder, folders, names in os.walk(landing, onerror=unreadable):
        here = Path(folder)
        folders[:] = [name for name in folders if _is_visible(name)]
        if tables is not None and (depth := len(here.relative_to(landing).parts)) < _DEPTH:
            names.clear()
            if depth:
                folders[:] = [name for name in folders if raw_table(here.name, name) in tables]
            continue
        for name in list(folders):
            if (here / name).is_symlink():
                add(here / name, "this is a link to a folder, which is not followed; put the folder itself there")
            elif has_known_ending(name) and _is_no_folder_of_deliveries(landing, here / name):
                add(here / name, f"this is a folder, though its name is that of a file; {_move(landing, here)}")
            else:
                continue
            folders.remove(name)
        for name in filter(_is_visible, names):
            add(here / name)
    found.sort(key=lambda one: one.parts)
    return found if tables is None else [one for one in found if one.table in tables]


def check_landing(landing: Path) -> None:
    """Raises LandingError if landing is there and is no folder, or one that may not be read."""
    if landing.exists() and not landing.is_dir():
        raise LandingError(f"{landing} is a file; move it away: landing is a folder, with <source>/<entity>/ in it")
    if landing.is_dir():
        try:
            os.scandir(landing).close()
        except OSError as error:
            raise LandingError(f"{landing} cannot be read ({error.strerror}); {_RIGHTS}") from None


#: How the sentence ends about a vendor that the settings leave out.
NOT_IN_USE = "is not in use; name it in CX360_VENDORS"

_RIGHTS = "give the user who runs cx360 the right to read it"


@cache
def nearest(name: str, names: tuple[str, ...]) -> str | None:
    """The one of the names that is most like this one; None if none is."""
    return next(iter(difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)), None)


def _is_visible(name: str) -> bool:
    return not name.startswith((".", "_"))


def _is_no_folder_of_deliveries(landing: Path, folder: Path) -> bool:
    """Whether it cannot be the folder of a source or an entity: it lies too deep for that, or it is empty."""
    if len(folder.relative_to(landing).parts) > _DEPTH:
        return True
    try:
        return not any(_is_visible(path.name) for path in folder.iterdir())
    except OSError:
        return False


def _move(landing: Path, folder: Path) -> str:
    """Where to put what lies in this folder of landing."""
    parts = [*folder.relative_to(landing).parts[:_DEPTH], "<source>", "<entity>"]
    places = parts[:_DEPTH] if len(parts) == 2 * _DEPTH else [parts[0], "<entity>"]
    return f"move what is in it to landing/{'/'.join(places)}/"


def _fault_of_place(found: Found) -> str:
    """Why a thing cannot be loaded from where it lies; empty if it can."""
    parts = found.file.split("/")
    try:
        "/".join(found.parts).encode()
    except UnicodeEncodeError:
        return "the name is not UTF-8; give it another"
    if len(parts) > _DEPTH + 1:
        return f"the file lies too deep; move it to landing/{parts[0]}/{parts[1]}/"
    vendor = vendor_of(parts[0]) or GENERIC
    entities = vendor_contracts(vendor)
    if len(parts) <= _DEPTH:
        source = parts[0] if len(parts) == _DEPTH else "<source>"
        like = nearest(parts[-1].partition(".")[0], tuple(entities)) or "<entity>"
        return f"the file does not lie in landing/<source>/<entity>/; move it to landing/{source}/{like}/"
    if parts[1] in entities:
        return ""
    of_vendor = "" if vendor == GENERIC else f" of {vendor}"
    near = nearest(parts[1], tuple(entities))
    folder = "ingest/contracts/" if vendor == GENERIC else f"ingest/sources/{vendor}/contracts/"
    advice = f"is it {near}? Then rename the folder" if near else f"{folder} has one file for each that there is"
    return f"there is no entity{of_vendor} named {parts[1]}; {advice}"
