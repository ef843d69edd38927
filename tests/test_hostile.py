"""A folder of files that mean harm: each is rejected with its reason, and the good ones go in."""

import io
import json
import os
import resource
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import encode, huge_pictures, photograph, png_header, scene, with_scans
from PIL import Image
from support import Command, age, write_photo

LIMIT_MB = 1500  # of address space; a billion pixels would need 3000
FIXED = {
    "empty.jpg": b"",
    "text.jpg": b"not a picture at all",
    "zeros.png": bytes(100_000),
    "page.html.jpg": b"<html><img src=x></html>",
    "archive.jpg": b"PK\x03\x04" + bytes(500),
    "film.heic": b"\0\0\0\x18ftypmp42" + bytes(500),
    "raw.tif": b"II*\0" + b"\xff" * 500,
    "magic.gif": b"GIF89a",
    "magic.webp": b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    "magic.bmp": b"BM" + b"\xff" * 60,
    "scans.jpg": with_scans(encode(scene(), "JPEG", progressive=True), 5000),
}


def half(kind: str) -> bytes:
    """Give the first half of a photo's file."""
    whole = encode(photograph(300, 200), kind)
    return whole[: len(whole) // 2]


def cut_off() -> Iterator[tuple[str, bytes]]:
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF"):
        yield f"half.{kind.lower()}", half(kind)


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def text_bomb() -> bytes:
    """Give a PNG whose comment would inflate to a gigabyte."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (1 << 30) % 65521 << 16 | 1  # Adler-32 of so many zeros
    packed = b"\x78\xda" + 1024 * megabyte + packer.flush() + checksum.to_bytes(4)
    header = chunk(b"IHDR", png_header(10, 10))
    text = chunk(b"zTXt", b"Comment\0\0" + packed)
    return b"\x89PNG\r\n\x1a\n" + header + text + chunk(b"IEND", b"")


def make_hostile_folder(folder: Path) -> set[str]:
    """Make the files, and give the names of those that must be rejected."""
    folder.mkdir()
    rejected = FIXED | dict(cut_off()) | {"bomb.png": text_bomb()}
    huge = huge_pictures()
    rejected |= {f"huge.{kind}": huge[kind] for kind in huge.keys() - {"jpeg"}}
    for name, data in rejected.items():
        (folder / name).write_bytes(data)
        age(folder / name)
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket.jpg"))
    (folder / "device.jpg").symlink_to("/dev/zero")
    (folder / "broken.jpg").symlink_to("nowhere")
    (folder / "itself.jpg").symlink_to("itself.jpg")
    (folder / "parent").symlink_to(".")
    (folder / "folder.jpg").mkdir()
    special = {"pipe.jpg", "socket.jpg", "device.jpg", "broken.jpg", "itself.jpg"}
    return set(rejected) | special


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_MB << 20, LIMIT_MB << 20))


def test_every_hostile_file_is_rejected_with_its_reason_and_the_good_ones_go_in(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "hostile"
    names = make_hostile_folder(folder)
    good = ["zz.jpg", "folder.jpg/good.jpg", "a name\nwith lines.jpg", os.fsdecode(b"\xff\xfe.jpg")]
    for seed, name in enumerate(good):
        write_photo(folder / name, seed)
    command = [sys.executable, "-m", "mosaicdb", "ingest", str(folder), "--db", "x.db", "--json"]
    done = subprocess.run(
        [*command, "--workers", "2", "--deadline", "20"],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit_memory,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    reasons = {os.path.basename(r["path"]): r["reason"] for r in report["rejected"]}
    assert set(reasons) == names
    assert all(reasons.values())
    assert (report["new"], report["tiles"]) == (4, 4)
    assert "Traceback" not in done.stderr
    for name, reason in reasons.items():
        assert "\n" not in reason, name
        if name.startswith("huge."):
            assert "pixels" in reason or "missing" in reason or "memory" in reason.lower(), reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_left_of_a_photo_is_taken_if_that_is_wanted(kind: str, mosaicdb: Command) -> None:
    Path("half.jpg").write_bytes(half(kind))
    command = ("ingest", "half.jpg", "--db", "x.db", "--workers", 1)
    mosaicdb(*command, expect=3)
    mosaicdb(*command, "--retry-rejected", "--accept-truncated")


def test_the_hostile_files_are_what_they_claim() -> None:
    """Keep the test above honest: what is cut off was whole before."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF"):
        data = encode(photograph(300, 200), kind)
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert (image.format, image.size) == (kind, (300, 200))
