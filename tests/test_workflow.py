"""The workflow, run by Snakemake itself, which has an environment of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import write_photo

import mosaicdb

SNAKEMAKE = os.environ.get("MOSAICDB_TEST_SNAKEMAKE") or shutil.which("snakemake")
SNAKEFILE = Path(__file__).parents[1] / "workflow" / "Snakefile"
pytestmark = [
    pytest.mark.checkout,
    pytest.mark.skipif(SNAKEMAKE is None, reason="needs Snakemake, in any environment"),
]

CONFIGURATION = """
image_path = "photos"
target_id = 3
target_res = [4, 3]
thumb_res = [20, 20]

[match]
strategy = "all"
"""
MOSAICS = {
    f"results/{target}/{file}"
    for target in ("3", "a picture")
    for strategy in ("nearest", "unique")
    for file in (f"matches_{strategy}.tab", f"mosaic_{strategy}.jpg", f"report_{strategy}.html")
}
Snakemake = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def snakemake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snakemake:
    """Run Snakemake in a folder of photos, with this environment's mosaicdb on the path."""
    for seed in range(14):
        write_photo(tmp_path / "photos" / f"{seed:02}.png", seed)
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(tmp_path)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(Path(mosaicdb.__file__).parents[1]),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(SNAKEMAKE), "--snakefile", str(SNAKEFILE), "--cores", "2", *arguments]
        return subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run


def rules_to_run(snakemake: Snakemake) -> set[str]:
    """Say which rules would run now."""
    said = snakemake("--dry-run").stdout
    return set(re.findall(r"^(?:local)?rule (\w+):$", said, re.MULTILINE))


def configure(text: str) -> None:
    Path("config.toml").write_text(f"{CONFIGURATION}{text}\n")


def test_the_workflow_makes_all_and_again_only_what_a_change_concerns(snakemake: Snakemake) -> None:
    write_photo(Path("a picture.png"), 99)
    configure('[workflow]\ntargets = [3, "a picture.png"]')
    done = snakemake()
    assert done.returncode == 0, done.stdout
    made = {str(path) for path in Path("results").rglob("*") if path.is_file()}
    assert made == {*MOSAICS, "results/collage.jpg", "results/ingest.json", "results/report.txt"}
    assert Path("results/report.txt").read_text().count("from afar") == 4
    assert rules_to_run(snakemake) == set()

    configure('[workflow]\ntargets = [3, "a picture.png"]\n[ingest]\nworkers = 1')
    assert rules_to_run(snakemake) == set()
    configure('[workflow]\ntargets = [3, "a picture.png"]\n[render]\nshift = 10')
    assert rules_to_run(snakemake) == {"mosaic", "report", "all"}
    configure('[workflow]\ntargets = [3, "a picture.png"]')
    write_photo(Path("a picture.png"), 100)
    assert rules_to_run(snakemake) == {"mosaic", "report", "all"}


def test_a_photo_that_comes_or_goes_and_another_size_remake_what_follows(
    snakemake: Snakemake,
) -> None:
    (Path("photos") / "broken.jpg").write_bytes(b"no photo")
    configure('features = "rgb"')
    everything = {"ingest", "collage", "mosaic", "report", "all"}
    assert snakemake("results/3/mosaic_unique.jpg").returncode == 0
    write_photo(Path("photos/new.png"), 50)
    assert rules_to_run(snakemake) == everything
    Path("photos/new.png").unlink()
    Path("config.toml").write_text(CONFIGURATION.replace("[20, 20]", "[10, 10]"))
    assert snakemake("results/3/mosaic_unique.jpg").returncode == 0
    with mosaicdb.Database("data/mosaic.db", create=False) as database:
        assert database.thumb_res == (10, 10)
    os.remove("photos/00.png")
    assert rules_to_run(snakemake) == everything


def test_a_mistake_in_the_configuration_ends_in_its_line(snakemake: Snakemake) -> None:
    configure("[render]\nshfit = 3")
    done = snakemake("--dry-run")
    assert done.returncode == 1
    assert "config.toml: unknown key render.shfit: did you mean render.shift?" in done.stdout


def test_targets_of_one_name_are_refused(snakemake: Snakemake) -> None:
    configure('[workflow]\ntargets = ["a/cat.jpg", "b/cat.jpg"]')
    done = snakemake("--dry-run")
    assert done.returncode == 1
    assert "two targets would be written to results/cat" in done.stdout
