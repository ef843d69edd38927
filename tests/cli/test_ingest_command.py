"""What `mosaicdb ingest` says of files that it passes over."""

import json
from pathlib import Path
from typing import Any

import pytest
from support import Command

from mosaicdb.photos import formats


@pytest.fixture(autouse=True)
def _no_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "is_installed", lambda _: False)


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"data")


def test_files_that_need_an_extra_are_counted_and_named_once(mosaicdb: Command) -> None:
    for name in ("a.jxl", "b.JXL", "deep/c.Jxl", "d.CR2"):
        touch(Path("pictures", name))
    for _ in range(2):
        mosaicdb("ingest", "pictures", expect=3)
        assert mosaicdb.err.splitlines()[0] == "0 files: nothing"
        advice = "3 .JXL files need the extra jxl: pip install 'mosaicdb[jxl]'"
        assert mosaicdb.err.splitlines()[2:] == [
            "1 .CR2 file needs the extra raw: pip install 'mosaicdb[raw]'",
            advice,
        ]


def test_a_program_can_read_which_extras_are_needed(mosaicdb: Command) -> None:
    touch(Path("pictures", "a.jxl"))
    report = json.loads(mosaicdb("ingest", "pictures", "--json", expect=3))
    assert report["needed_extras"] == [{"extra": "jxl", "extension": ".jxl", "files": 1}]
    assert "1 .JXL file needs the extra jxl:" in mosaicdb.err


def test_a_watch_names_an_extra_again_only_when_more_files_need_it(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_watching(*arguments: Any) -> int:
        ingest = arguments[3]
        for name in ("a.jxl", "a.jxl", "b.jxl"):
            touch(Path("pictures", name))
            assert ingest() == 3
        return 130

    monkeypatch.setattr("mosaicdb.cli.watch.keep_watching", keep_watching)
    touch(Path("pictures", "a.jxl"))
    mosaicdb("ingest", "pictures", "--watch", expect=130)
    advice = [line for line in mosaicdb.err.splitlines() if "extra jxl" in line]
    assert [line.split(":")[0] for line in advice] == [
        "1 .JXL file needs the extra jxl",
        "2 .JXL files need the extra jxl",
    ]


def test_files_that_are_excluded_need_no_extra(mosaicdb: Command) -> None:
    touch(Path("pictures", "a.jxl"))
    mosaicdb("ingest", "pictures", "--exclude", "*.jxl")
    assert "extra" not in mosaicdb.err


def test_a_dry_run_says_how_many_folders_of_derivatives_are_passed_over(mosaicdb: Command) -> None:
    for name in ("@Recycle", "a/@eaDir/b", "Previews.lrdata", ".hidden"):
        touch(Path("pictures", name, "a.jpg"))
    mosaicdb("ingest", "pictures", "--dry-run")
    line = "3 folders of thumbnails, previews, snapshots or trash passed over"
    assert line in mosaicdb.err.splitlines()
    assert json.loads(mosaicdb("ingest", "pictures", "--json"))["skipped_folders"] == 3
    assert "folders" not in mosaicdb.err
