import hashlib
import re

from mosaicdb.viewing.pages import FOLDER, POLICY, page_files

FILES = dict(page_files())


def test_vendored_files_are_what_their_checksums_say() -> None:
    sums = (FOLDER / "vendor" / "SHA256SUMS").read_text("ascii").splitlines()
    listed = dict(reversed(line.split("  ")) for line in sums)
    vendored = {name for name in FILES if name.startswith("vendor/openseadragon")}
    assert {f"vendor/{name}" for name in listed} == vendored
    for name, digest in listed.items():
        assert hashlib.sha256(FILES[f"vendor/{name}"]).hexdigest() == digest


def test_the_page_states_the_policy_of_the_server() -> None:
    assert f'content="{POLICY}"' in FILES["index.html"].decode()


def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere() -> None:
    html = FILES["index.html"].decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?:", html)
    assert re.findall(r"<script[^>]*>[^<]", html) == []
    for name, data in FILES.items():
        if name.startswith("vendor/") or not name.endswith((".js", ".css")):
            continue
        text = data.decode()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), name
        assert not re.search(r"\beval\(|new Function|https?://(?!localhost)", text), name
