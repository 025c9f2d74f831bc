"""Arrays kept on disk: whole or not at all, checked when read, never changed by who reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from molosim.runtime import cache as module
from molosim.runtime.cache import content_key, kept
from molosim.runtime.errors import ScenarioError

ARRAY = np.arange(12, dtype=np.int32).reshape(3, 4)


class Build:
    """Builds the array and counts how often it was asked to."""

    def __init__(self, array: NDArray[np.generic] = ARRAY) -> None:
        self.array, self.times = array, 0

    def __call__(self) -> NDArray[np.generic]:
        self.times += 1
        return self.array


def fail() -> NDArray[np.generic]:
    raise AssertionError("is built though it was kept")


def test_an_array_is_built_once_and_read_ever_after(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.npy"
    build = Build()
    assert np.array_equal(kept(path, build), ARRAY)
    again = kept(path, fail)
    assert np.array_equal(again, ARRAY)
    assert (again.dtype, again.shape, build.times) == (ARRAY.dtype, ARRAY.shape, 1)


@pytest.mark.parametrize(
    "array",
    [np.zeros(0, np.int64), np.zeros((0, 3), np.int32), np.float64(3.5).reshape(1), np.ones((2, 3, 4), np.float32)],
    ids=["empty", "empty rows", "one", "three dimensions"],
)
def test_arrays_of_any_shape_are_kept(tmp_path: Path, array: NDArray[np.generic]) -> None:
    path = tmp_path / "a.npy"
    for build in (Build(array), fail):
        read = kept(path, build)
        assert np.array_equal(read, array)
        assert (read.dtype, read.shape) == (array.dtype, array.shape)


def test_what_is_kept_is_mapped_and_read_only(tmp_path: Path) -> None:
    for build in (Build(), fail):
        array = kept(tmp_path / "a.npy", build)
        assert not array.flags.writeable
        assert not array.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 9
    assert np.array_equal(kept(tmp_path / "a.npy", fail), ARRAY)


def cut(content: bytes) -> bytes:
    return content[:-1]


def cut_short(content: bytes) -> bytes:
    return content[:20]


def nothing(_: bytes) -> bytes:
    return b""


def flipped(content: bytes) -> bytes:
    return content[:-10] + bytes([content[-10] ^ 1]) + content[-9:]


def other_checksum(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def text(_: bytes) -> bytes:
    return b"this is no array at all"


def an_archive(_: bytes) -> bytes:
    return b"PK\x03\x04 is how a zip file begins"


def longer(content: bytes) -> bytes:
    return content + b"more"


@pytest.mark.parametrize(
    "damage",
    [
        *(cut, cut_short, nothing, flipped, other_checksum, text, longer),
        an_archive,
    ],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_file_is_built_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.npy"
    kept(path, Build())
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    build = Build()
    assert np.array_equal(kept(path, build), ARRAY)
    assert build.times == 1
    assert path.read_bytes() == whole


HEADER = 128
"""Bytes before the first number."""


def survives(path: Path, place: int, bit: int) -> bool:
    """Whether the same array is read, or built anew, after a bit of the file has flipped."""
    kept(path, Build())
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)
    again = kept(path, Build())
    return np.array_equal(again, ARRAY) and again.shape == ARRAY.shape


def test_no_flipped_bit_of_the_numbers_goes_unseen(tmp_path: Path) -> None:
    size = HEADER + ARRAY.nbytes + 4
    assert all(survives(tmp_path / "a.npy", place, bit) for place in range(HEADER, size) for bit in range(8))


@pytest.mark.parametrize("what", ["{", "<", "i4", "}"])
def test_no_flipped_bit_of_the_header_goes_unseen(tmp_path: Path, what: str) -> None:
    kept(tmp_path / "a.npy", Build())
    place = (tmp_path / "a.npy").read_bytes().index(what.encode())
    for bit in range(8):
        (tmp_path / "a.npy").unlink()
        assert survives(tmp_path / "a.npy", place, bit)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.np.lib.format, "write_array", full)
    with pytest.raises(ScenarioError, match="cannot be written: No space left on device") as caught:
        kept(tmp_path / "a.npy", Build())
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_takes_its_name_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[int] = []

    def renamed(self: Path, target: Path) -> None:
        whole.append(self.stat().st_size)
        assert not target.exists()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", renamed)
    with pytest.raises(ScenarioError, match="Input/output error"):
        kept(tmp_path / "a.npy", Build())
    assert whole == [HEADER + ARRAY.nbytes + 4]
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.np.lib.format, "write_array", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "a.npy", Build())
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_built_is_not_kept(tmp_path: Path) -> None:
    def broken() -> NDArray[np.generic]:
        raise ScenarioError.at("carrier 'A'", "day 3 cannot be planned")

    with pytest.raises(ScenarioError, match="day 3"):
        kept(tmp_path / "a.npy", broken)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(ScenarioError, match="cannot be written") as caught:
        kept(blocked / "a.npy", Build())
    assert len(caught.value.faults) == 1
    assert str(blocked) in str(caught.value)


def test_a_disk_that_forgets_is_an_error_not_a_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_read", lambda path: None)
    with pytest.raises(ScenarioError, match="damaged again right after"):
        kept(tmp_path / "a.npy", Build())


def test_content_names_differ_by_everything_that_was_said() -> None:
    row = np.arange(6)
    parts: list[tuple[object, ...]] = [
        (row,),
        (row.reshape(2, 3),),
        (row.astype(np.int32),),
        (row + 1,),
        (row, 1),
        (row, "1"),
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        (1, 2),
        (12,),
        (1.0, 2),
    ]
    keys = [content_key(*part) for part in parts]
    assert len(set(keys)) == len(parts)
    assert keys == [content_key(*part) for part in parts]


def test_content_names_do_not_depend_on_how_an_array_lies_in_memory() -> None:
    table = np.arange(12).reshape(3, 4)
    assert content_key(table.T) == content_key(np.ascontiguousarray(table.T))
    assert content_key(table[:, ::2]) == content_key(table[:, ::2].copy())


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0", b"\x93NUMPY", b"x" * 99])
def test_files_that_are_no_arrays_are_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "array.npy"
    path.write_bytes(content)
    assert kept(path, Build()).tolist() == ARRAY.tolist()
