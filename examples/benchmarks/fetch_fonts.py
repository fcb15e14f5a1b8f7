"""Download the fonts of ``fonts.json``, from which digits and letters are drawn for training.

Each is a file of a package of npm's registry, with a free licence, which ``fonts.json`` names. The
program calls ``npm pack``, takes the file out of the package, and checks its SHA-256 digest.

    python examples/benchmarks/fetch_fonts.py FOLDER

If interrupted, run it again and it resumes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

from fonts import LIST

#: Packages that are downloaded at a time.
N_PARALLEL = 4


def fetch(rows: list[dict[str, Any]], folder: Path) -> int:
    """Download one package, and write its files that are listed.

    Parameters
    ----------
    rows : list of dict
        Rows of ``fonts.json`` with the same package.
    folder : Path
        Where to write them.

    Returns
    -------
    n_written : int
        Number of files that were not there yet.
    """
    missing = [row for row in rows if not _is_intact(folder / row["file"], row["sha256"])]
    if not missing:
        return 0
    name = f"{rows[0]['package']}@{rows[0]['version']}"
    with tempfile.TemporaryDirectory() as temporary:
        command = ["npm", "pack", "--silent", "--pack-destination", temporary, name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (path,) = Path(temporary).iterdir()
        with tarfile.open(path) as archive:
            for row in missing:
                member = archive.extractfile(f"package/files/{row['file']}")
                content = member.read() if member else b""
                _check(content, row)
                (folder / row["file"]).write_bytes(content)
    return len(missing)


def _is_intact(path: Path, digest: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _check(content: bytes, row: dict[str, Any]) -> None:
    """Refuse a file with another digest than the listed one."""
    found = hashlib.sha256(content).hexdigest()
    if found != row["sha256"]:
        raise ValueError(
            f"{row['file']} of {row['package']} {row['version']} has the SHA-256 digest {found}, "
            f"expected {row['sha256']}. Download it again."
        )


def main(arguments: list[str] | None = None) -> None:
    """Download what is missing in a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    options = parser.parse_args(arguments)
    if shutil.which("npm") is None:
        parser.error("npm was not found. Install Node.js, which includes it.")
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = sorted(json.loads(LIST.read_text("utf-8")), key=lambda row: str(row["package"]))
    packages = [list(group) for _, group in groupby(rows, key=lambda row: row["package"])]
    with ThreadPoolExecutor(N_PARALLEL) as pool:
        written = list(pool.map(lambda rows: fetch(rows, options.folder), packages))
    print(f"{len(rows)} fonts of {len(packages)} packages, {sum(written)} of them new.")


if __name__ == "__main__":
    main()
