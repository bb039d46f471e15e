# SPDX-License-Identifier: Apache-2.0
"""A time budget: what was examined is judged, what was not is counted, and nothing hangs, on a disk
that answers slowly, or not at all."""

import base64
import json
import os
import subprocess
import tempfile

import pytest
from hanging import hanging  # noqa: F401
from hostile import codes, mounts, verify_words  # noqa: F401
from roots import (AGENT, FINDINGS, PASS, SANITIZED, UNCHECKED, USAGE, Result, agent,  # noqa: F401
                   check_result, environment, keys, make_file, needs_root, small)

pytest.importorskip("fusepy", reason="python3-fusepy is not installed")
pytestmark = [needs_root, pytest.mark.skipif(not os.path.exists("/dev/fuse"),
                                             reason="this kernel has no FUSE")]

DEADLINE = 1
# After the deadline: one read may end by itself, and the report must be written; a disk that does
# not even answer for names is given up on after ten seconds.
GRACE = 8 if SANITIZED else 5
NAMES_GRACE = 13


@pytest.fixture
def disk(small, hanging, mounts, tmp_path):  # noqa: F811
    """The small root on a filesystem that can be told to hang; sealed while it did not."""
    for number in range(200):
        make_file(small.root / f"srv/many/{number}", f"{number}\n")
    make_file(small.root / "usr/share/zzz", "the last\n")
    place = tmp_path / "place"
    place.mkdir()
    control = hanging(small.root, place)
    small.source, small.root = small.root, place
    small.control = control
    small.seal("--quiet")
    small.files = sum(1 for line in small.lines if b" sha256digest=" in line)
    return small


def verify_in_time(image, grace=GRACE, verb=None):
    """Runs it until the budget and what it may need after that are over. The kernel lets no process
    end that waits for such a disk, so the disk must answer again before this can fail."""
    words = verb or verify_words(image)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(w) for w in [*words, "--deadline", DEADLINE]], stdout=out,
                                   stderr=err, env=environment())
        try:
            process.wait(DEADLINE + grace)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
            image.control.tell()
            process.wait(30)
        finally:
            process.kill()
        for file in (out, err):
            file.seek(0)
        result = Result(subprocess.CompletedProcess(words, process.returncode, out.read(),
                                                    err.read()))
    told = result.out + result.err
    assert ended, f"not ended {grace} s after the deadline, but when the disk answered:\n{told}"
    return result


def entries_of(image):
    own = 3  # the manifest's own place, which is not in the root
    return image.predicate["entries"] - own


def check_partial(document, image):
    """Every entry is accounted for: looked at, or not; every content: read, or not."""
    assert codes(document) == {"coverage.deadline"}
    assert document["verdict"] == "warn"
    coverage = document["coverage"]
    unseen = entries_of(image) - coverage["entries"]
    unread = image.files - coverage["hashed"] - coverage["linked"]
    assert coverage["unexamined"] > 0
    assert unseen <= coverage["unexamined"] <= unseen + unread
    if unseen == 0:
        assert coverage["unexamined"] == unread


def test_time_enough(disk):
    result = verify_in_time(disk)
    document = check_result(result.expect(PASS).json)
    assert document["findings"] == []
    assert document["coverage"]["unexamined"] == 0
    assert document["coverage"]["entries"] == entries_of(disk)


def test_slow_disk(disk):
    """Every file takes a tenth of a second: a part is examined, the rest is counted."""
    disk.control.tell(*(f"slow /srv/many/{number}" for number in range(200)))
    document = check_result(verify_in_time(disk).expect(FINDINGS).json)
    check_partial(document, disk)
    assert document["coverage"]["hashed"] > 5


def test_a_change_that_was_seen_in_time_is_told(disk):
    """The budget's end takes nothing back, and does not lower a verdict."""
    (disk.source / "etc/passwd").write_text("root::0:0:root:/root:/bin/bash\n")
    disk.control.tell(*(f"slow /srv/many/{number}" for number in range(200)))
    document = verify_in_time(disk).expect(FINDINGS).json
    assert {"account.empty-password", "coverage.deadline"} == codes(document)
    assert document["verdict"] == "fail"


def test_what_was_not_reached_is_not_called_missing(disk):
    disk.control.tell(*(f"slow /srv/many/{number}" for number in range(200)))
    document = verify_in_time(disk).expect(FINDINGS).json
    assert not [c for c in codes(document) if c.endswith((".missing", ".unexpected"))]


@pytest.mark.parametrize("paths", (
    ["/etc/passwd"], ["/usr/share/zzz"], [f"/srv/many/{number}" for number in range(0, 200, 7)],
), ids=("first", "last", "many"))
def test_reads_that_never_end(disk, paths):
    """Contents never come. There is a verdict all the same, and all is examined or counted."""
    disk.control.tell(*(f"read {path}" for path in paths))
    document = check_result(verify_in_time(disk).expect(FINDINGS).json)
    check_partial(document, disk)


@pytest.mark.parametrize("call, path", (("getattr", "/srv/many/7"), ("readdir", "/")))
def test_disk_that_does_not_answer(disk, call, path):
    """Not even for names: a verdict with what is missing or a plain refusal, and in time."""
    disk.control.tell(f"{call} {path}")
    result = verify_in_time(disk, NAMES_GRACE)
    if result.status == UNCHECKED:
        assert "deadline" in result.err and "does not answer" in result.err
        assert result.out == ""
    else:
        check_partial(result.expect(FINDINGS).json, disk)


def test_evidence_of_a_part(disk):
    """attest signs what there is, and says that it is a part."""
    disk.control.tell(*(f"slow /srv/many/{number}" for number in range(200)))
    words = [AGENT, "attest", *disk.arguments(), "--phase", "image", "--instance-id", "i-test",
             "--quiet"]
    verify_in_time(disk, verb=words).expect(FINDINGS)
    envelope = json.loads((disk.state / "latest-image.json").read_bytes())
    predicate = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    assert predicate["verdict"] == "warn"
    assert predicate["coverage"]["unexamined"] > 0
    assert "coverage.deadline" in {f["code"] for f in predicate["findings"]}
    disk.control.tell()
    disk.attest("--quiet").expect(PASS)


@pytest.mark.parametrize("value", ("0", "-1", "x", "1x", "", "99999999999", "1e3", "+1", " 1"))
def test_broken_deadline(small, value):
    small.seal("--quiet")
    result = agent(*verify_words(small, f"--deadline={value}")[1:])
    result.expect(USAGE)
    assert "--deadline" in result.err


def test_coverage_in_text(disk):
    disk.control.tell(*(f"slow /srv/many/{number}" for number in range(200)))
    result = agent("verify", *disk.arguments(), "--deadline", str(DEADLINE)).expect(FINDINGS)
    assert "coverage.deadline" in result.out
    assert "not examined" in result.out
