"""Arrays kept on disk by what they were made from: written whole or not at all, checked when read, never copied."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from molosim.runtime.errors import ScenarioError

_CHECKSUM_BYTES = 4
_KEPT = (".npy", ".nbi", ".nbc")
"""Endings of what is kept: arrays, and compiled functions."""
CACHE = "molosim-cache"
"""Name of the folder that is molosim's alone."""
_TAG = "CACHEDIR.TAG"
_TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by molosim, which can make all of it again.\n"
"""By which programs that make backups know a cache: https://bford.info/cachedir/"""


def mark(folder: Path) -> None:
    """Make a folder a cache of molosim's, unless it is one; only in such a folder is anything ever removed.

    Raises
    ------
    OSError
        It cannot be written.
    """
    if not is_marked(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _TAG).write_text(_TAG_TEXT, encoding="utf-8")


def is_marked(folder: Path) -> bool:
    """Whether a folder is a cache of molosim's."""
    try:
        return folder.name == CACHE and (folder / _TAG).read_text(encoding="utf-8") == _TAG_TEXT
    except (OSError, ValueError):
        return False


def content_key(*parts: object) -> str:
    """Hex name of some content: arrays by their bytes, anything else by its repr."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            digest.update(repr(part).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()[:32]


def kept(path: Path, build: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """The array in a file, read-only and mapped; built and written first where it is missing or damaged.

    Raises
    ------
    ScenarioError
        The folder cannot be written, or what was just written cannot be read again.
    """
    array = _read(path)
    if array is None:
        _write(path, build())
        array = _read(path)
    if array is None:
        raise ScenarioError.at(str(path), "is damaged again right after it was written; is the disk in order?")
    return array


def prune(cache: Path, limit_bytes: int) -> int:
    """Remove what was not used for longest until the rest fits; returns the bytes removed.

    Nothing is lost: what is removed is made again when it is needed. Others may do the same at the same time.
    """
    files = []
    for path in cache.rglob("*.n*") if is_marked(cache) else ():
        if path.suffix not in _KEPT:
            continue
        try:
            stat = path.stat()
        except OSError:  # another run removed it meanwhile
            continue
        files.append((stat.st_mtime_ns, stat.st_size, path))
    over = sum(size for _, size, _ in files) - limit_bytes
    removed = 0
    for _, size, path in sorted(files):
        if removed >= over:
            break
        path.unlink(missing_ok=True)
        removed += size
    return removed


class _Summed:
    """A file that sums what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.checksum = file, 0

    def write(self, data: bytes) -> int:
        self.checksum = zlib.crc32(data, self.checksum)
        return self._file.write(data)


def _write(path: Path, array: NDArray[Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".kept-", delete=False) as file:
            try:
                summed = _Summed(file)
                np.lib.format.write_array(summed, array, allow_pickle=False)
                file.write(summed.checksum.to_bytes(_CHECKSUM_BYTES, "little"))
                file.close()
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ScenarioError.at(str(path.parent), f"cannot be written: {error.strerror or error}") from error


def _read(path: Path) -> NDArray[Any] | None:
    """The array of a file; None where the file is missing or not what was written."""
    try:
        content = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError):
        return None
    checksum = zlib.crc32(content[:-_CHECKSUM_BYTES].data).to_bytes(_CHECKSUM_BYTES, "little")
    if content[-_CHECKSUM_BYTES:].tobytes() != checksum:
        return None
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):  # the sum of nothing is 0
        return None
    # The time of last use, for `prune`; a cache that may only be read is as good.
    with suppress(OSError):
        os.utime(path)
    return np.asarray(array)
