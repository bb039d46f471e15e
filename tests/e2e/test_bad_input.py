# SPDX-License-Identifier: Apache-2.0
"""What goes wrong: a message that names the place and the remedy, the documented exit status, and
nothing lost or half written."""

import base64
import json
import os
import subprocess
import threading

import pytest
from roots import (AGENT, EPOCH, FINDINGS, PASS, UNCHECKED, USAGE, Image, agent,  # noqa: F401
                   environment, keys, make_file, make_key, make_small_root, needs_root, nobody, run, sealed,
                   small, temporaries, tree_digest)


def refused(result, status, *words):
    result.expect(status)
    for word in words:
        assert str(word) in result.err, result.err
    assert len(result.err.splitlines()) <= 3, result.err
    assert "Success" not in result.err
    return result


def verify(image, *arguments, **options):
    return agent("verify", *image.arguments(), *arguments, **options)


# -- Roots ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("verb", ("seal", "verify"))
@pytest.mark.parametrize("kind, word", (("missing", "No such file"), ("file", "Not a directory")))
def test_root_is_no_directory(sealed, tmp_path, verb, kind, word):
    root = tmp_path / kind
    if kind == "file":
        root.write_text("x")
    before = tree_digest(sealed.out)
    image = Image(root, (sealed.key, sealed.pub), sealed.out)
    result = (verify(image) if verb == "verify" else
              agent("seal", "--root", root, "--key", sealed.key, "--out", sealed.out))
    refused(result, UNCHECKED, root, word)
    assert tree_digest(sealed.out) == before


@needs_root
def test_unreadable_file(nobody):
    image = nobody.image
    nobody.agent("seal", "--root", image.root, "--key", image.key, "--out", image.out,
                 "--quiet").expect(PASS)
    (image.root / "srv/data").chmod(0)
    (image.root / "srv/empty").chmod(0)
    result = nobody.agent("verify", *image.arguments(), "--format", "json").expect(FINDINGS)
    document = result.json
    by_code = {}
    for finding in document["findings"]:
        by_code.setdefault(finding["code"], []).append(finding["path"])
    assert sorted(by_code["coverage.unreadable"]) == ["/srv/data", "/srv/empty"]
    assert document["coverage"]["unreadable"] == 2
    # Their modes were changed, which is told too, but no content or absence is made up.
    assert sorted(by_code.pop("file.changed")) == ["/srv/data", "/srv/empty"]
    assert set(by_code) == {"coverage.unreadable"}


@needs_root
def test_unreadable_alone_is_at_best_a_warning(nobody):
    """Same mode, but no right to read: nothing is wrong and yet nothing has passed."""
    image = nobody.image
    (image.root / "srv/data").chmod(0o600)
    image.out.chmod(0o755)
    image.seal("--quiet")  # as root, who can
    os.chown(image.root / "srv/data", 0, 0)
    image.seal("--quiet")
    document = nobody.agent("verify", *image.arguments(), "--format", "json").expect(FINDINGS).json
    assert [f["code"] for f in document["findings"]] == ["coverage.unreadable"]
    assert document["verdict"] == "warn"


class Churn(threading.Thread):
    """Makes and removes names in a directory as fast as it can."""

    def __init__(self, directory):
        super().__init__(daemon=True)
        self.directory = directory
        self.stopped = threading.Event()

    def run(self):
        names = [self.directory / f"churn{n}" for n in range(50)]
        while not self.stopped.is_set():
            for name in names:
                name.write_text("x")
            for name in names:
                name.unlink()

    def __enter__(self):
        self.start()

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


def test_files_that_vanish(sealed):
    """A root that somebody writes to: no crash, no lie, and the rest is still compared."""
    (sealed.root / "srv/data").write_text("DATA\n")
    with Churn(sealed.root / "srv"):
        for _ in range(30):
            document = sealed.verify(status=FINDINGS)
            codes = {f["code"] for f in document["findings"] if "churn" in (f["path"] or "")}
            assert codes <= {"file.unexpected", "coverage.vanished",
                             "coverage.changed-while-read"}
            assert "/srv/data" in [f["path"] for f in document["findings"]]


def test_a_root_that_changes_is_sealed_whole_or_not(small):
    """The manifest of a changing root is either refused or true for some moment of each entry."""
    statuses = set()
    with Churn(small.root / "srv"):
        for _ in range(30):
            result = agent("seal", "--root", small.root, "--key", small.key, "--out", small.out,
                           "--quiet")
            statuses.add(result.status)
            assert result.status in (PASS, UNCHECKED)
            assert temporaries(small.out) == []
    small.seal("--quiet")
    assert small.verify(status=PASS)["findings"] == []


@needs_root
def test_another_filesystem(sealed):
    """What is mounted inside the root is not measured, and that is said."""
    script = ('mount -t tmpfs none "$1/srv/empty" && touch "$1/srv/empty/hidden" && shift && '
              'exec "$@"')
    result = run(["unshare", "-m", "sh", "-c", script, "sh", sealed.root, AGENT, "verify",
                  *sealed.arguments(), "--format", "json"]).expect(FINDINGS)
    assert [(f["code"], f["path"]) for f in result.json["findings"]] == [
        ("coverage.mount", "/srv/empty")]
    assert result.json["verdict"] == "warn"


@pytest.fixture
def deep(sealed):
    """Makes a tree of a depth; Python's own removal would recurse too deeply."""
    def make(depth):
        here = os.getcwd()
        os.chdir(sealed.root / "srv")
        try:
            for _ in range(depth):
                os.mkdir("d")
                os.chdir("d")
        finally:
            os.chdir(here)
    yield make
    subprocess.run(["rm", "-rf", sealed.root / "srv/d"], check=True)


@pytest.mark.parametrize("depth", (200, 1500))
def test_deep_tree(sealed, deep, depth):
    """One thing planted, and the limit where it was reached."""
    deep(depth)
    codes = [f["code"] for f in sealed.verify(status=FINDINGS)["findings"]]
    assert sorted(set(codes)) == ["coverage.limit", "file.unexpected"][depth < 1024:]
    assert len(codes) == len(set(codes)), len(codes)


def test_fifo_and_sparse_file_do_not_hold_up(sealed):
    os.mkfifo(sealed.root / "srv/pipe")
    with open(sealed.root / "srv/sparse", "wb") as file:
        file.truncate(256 << 20)
    paths = [f["path"] for f in sealed.verify(timeout=60)["findings"]]
    assert sorted(paths) == ["/srv/pipe", "/srv/sparse"]


def flood(directory, count):
    """Files that a report can only name at length."""
    base = os.fsencode(directory)
    for number in range(count):
        with open(os.path.join(base, b"%05d" % number + b"\xff" * 240), "wb"):
            pass


def test_a_flood_does_not_hide_the_grave(sealed):
    """Ten thousand harmless files first in order, and one line that loads a library everywhere."""
    (sealed.root / "aaa").mkdir()
    for number in range(20100):
        (sealed.root / "aaa" / str(number)).touch()
    make_file(sealed.root / "etc/ld.so.preload", "/usr/lib/x.so\n")
    document = sealed.verify(status=FINDINGS)
    assert document["verdict"] == "fail"
    assert "preload.unexpected" in [f["code"] for f in document["findings"]]


def test_a_flood_does_not_silence_the_evidence(sealed):
    """More findings than a report may hold: the gravest are signed, and that some are missing."""
    make_file(sealed.root / "etc/ld.so.preload", "/usr/lib/x.so\n")
    flood(sealed.root / "srv", 4000)
    sealed.attest("--quiet").expect(FINDINGS)
    raw = (sealed.state / "latest-image.json").read_bytes()
    assert len(raw) <= 12 << 20
    predicate = json.loads(base64.b64decode(json.loads(raw)["payload"]))["predicate"]
    assert predicate["verdict"] == "fail"
    codes = {f["code"] for f in predicate["findings"]}
    assert {"preload.unexpected", "coverage.limit"} <= codes


# -- Manifests -----------------------------------------------------------------------------------

def test_manifest_of_another_image(sealed, tmp_path, keys):
    other = Image(tmp_path / "other", keys, sealed.out)
    for number in range(100):
        make_file(other.root / f"srv/{number}", f"{number}")
    result = verify(other).expect(FINDINGS)
    assert "small 7" in result.err and "is" in result.err, result.err
    assert "FAIL" in result.out


def test_no_manifest(small):
    refused(verify(small), UNCHECKED, small.out / "manifest.json", "No such file")


@pytest.mark.parametrize("size", (0, 1, 100, -1, -2, -40))
def test_truncated_envelope(sealed, size):
    path = sealed.out / "manifest.json"
    raw = path.read_bytes().rstrip(b"\n")
    path.write_bytes(raw[:size])
    refused(verify(sealed), UNCHECKED, path)


@pytest.mark.parametrize("size", (0, 5, 300, -1))
def test_truncated_body(sealed, size):
    path = sealed.out / "manifest.mtree"
    path.write_bytes(path.read_bytes()[:size])
    refused(verify(sealed), UNCHECKED, sealed.out, "manifest.mtree")


def test_changed_body(sealed):
    path = sealed.out / "manifest.mtree"
    path.write_bytes(path.read_bytes().replace(b"size=5 ", b"size=6 "))
    refused(verify(sealed), UNCHECKED, sealed.out, "manifest.mtree")


@pytest.mark.parametrize("member", ("payload", "payloadType", "signatures"))
def test_changed_envelope(sealed, member):
    envelope = sealed.envelope
    if member == "payload":
        payload = sealed.payload.replace(b'"small"', b'"smell"')
        assert payload != sealed.payload
        envelope["payload"] = base64.b64encode(payload).decode()
    elif member == "payloadType":
        envelope["payloadType"] = "application/json"
    else:
        envelope["signatures"] = []
    (sealed.out / "manifest.json").write_text(json.dumps(envelope))
    refused(verify(sealed), UNCHECKED, sealed.out / "manifest.json")


def test_signed_by_an_unknown_key(sealed, tmp_path):
    """Sealed again, quite properly, by somebody else."""
    stranger = Image(sealed.root, make_key(tmp_path, "stranger"), sealed.out)
    stranger.seal("--quiet")
    assert stranger.verify(status=PASS)["findings"] == []
    refused(verify(sealed), UNCHECKED, sealed.out / "manifest.json", "no trusted key", sealed.pub)


def anchors_of(image, tmp_path, revoked=""):
    anchors = tmp_path / "trust.d"
    anchors.mkdir()
    (anchors / "golden.pem").write_bytes(image.pub.read_bytes())
    if revoked:
        (anchors / "revoked").write_text(revoked)
    return Image(image.root, (image.key, anchors), image.out)


def test_revoked_key(sealed, tmp_path):
    signer = sealed.envelope["signatures"][0]["keyid"]
    image = anchors_of(sealed, tmp_path, f"# lost in November\n{signer}\n")
    refused(verify(image), UNCHECKED, "revoked")


def test_revoked_key_among_others(sealed, tmp_path):
    signer = sealed.envelope["signatures"][0]["keyid"]
    image = anchors_of(sealed, tmp_path, f"{signer}\n")
    _, pub = make_key(tmp_path, "other")
    (image.pub / "other.pem").write_bytes(pub.read_bytes())
    refused(verify(image), UNCHECKED, sealed.out / "manifest.json", "revoked")


def test_broken_revocation_list(sealed, tmp_path):
    image = anchors_of(sealed, tmp_path, "# a comment\nnot a key id\n")
    refused(verify(image), UNCHECKED, image.pub / "revoked", "2")


def test_empty_trust_directory(sealed, tmp_path):
    image = anchors_of(sealed, tmp_path)
    (image.pub / "golden.pem").unlink()
    refused(verify(image), UNCHECKED, image.pub, ".pem")


def test_missing_trust(sealed, tmp_path):
    image = Image(sealed.root, (sealed.key, tmp_path / "nowhere"), sealed.out)
    refused(verify(image), UNCHECKED, tmp_path / "nowhere")


def test_broken_anchor(sealed, tmp_path):
    image = anchors_of(sealed, tmp_path)
    (image.pub / "aaa.pem").write_text("no key\n")
    refused(verify(image), UNCHECKED, image.pub / "aaa.pem")


def test_private_key_as_anchor(sealed):
    image = Image(sealed.root, (sealed.key, sealed.key), sealed.out)
    refused(verify(image), UNCHECKED, sealed.key, "private")


def test_expired_manifest(small):
    small.seal("--expires", "1", "--quiet", env=environment(SOURCE_DATE_EPOCH=EPOCH))
    document = small.verify(status=FINDINGS)
    assert [f["code"] for f in document["findings"]] == ["manifest.expired"]
    assert "2023-11-15" in document["findings"][0]["title"]


@pytest.mark.parametrize("name", ("manifest.json", "manifest.mtree"))
def test_manifest_is_a_fifo(sealed, name):
    (sealed.out / name).unlink()
    os.mkfifo(sealed.out / name)
    refused(agent("verify", *sealed.arguments(), timeout=20), UNCHECKED, name, "regular file")


@pytest.mark.parametrize("name", ("manifest.json", "manifest.mtree"))
def test_symlinked_manifest(sealed, tmp_path, name):
    """A link in the measured image could lead anywhere on the measuring machine."""
    moved = tmp_path / "elsewhere"
    (sealed.out / name).rename(moved)
    (sealed.out / name).symlink_to(moved)
    refused(verify(sealed), UNCHECKED, name, "ymbolic link")


# -- Keys, policies, configurations, options -----------------------------------------------------

@pytest.mark.parametrize("mode", (0o640, 0o604, 0o660))
def test_lax_private_key(small, tmp_path, mode):
    key, _ = make_key(tmp_path, "lax")
    key.chmod(mode)
    result = agent("seal", "--root", small.root, "--key", key, "--out", small.out)
    refused(result, UNCHECKED, key, "chmod 600")
    assert list(small.out.iterdir()) == []


@pytest.mark.parametrize("content, word", (
    ("", "PRIVATE KEY"), ("rubbish\n", "PRIVATE KEY"),
    ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "key")))
def test_broken_private_key(small, tmp_path, content, word):
    key = make_file(tmp_path / "broken.key", content, 0o600)
    refused(agent("seal", "--root", small.root, "--key", key, "--out", small.out), UNCHECKED, key,
            word)


@pytest.mark.parametrize("umask", (0, 0o077))
def test_keys_have_the_right_mode(tmp_path, umask):
    agent("keygen", "--out", tmp_path / "k", "--quiet", umask=umask).expect(PASS)
    assert (tmp_path / "k.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "k.pub").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("taken", ("k.key", "k.pub"))
def test_keys_are_never_overwritten(tmp_path, taken):
    (tmp_path / taken).write_text("precious")
    result = agent("keygen", "--out", tmp_path / "k")
    refused(result, UNCHECKED, tmp_path / taken, "never overwritten")
    assert [p.name for p in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "precious"


def test_keys_need_a_directory(tmp_path):
    refused(agent("keygen", "--out", tmp_path / "nowhere/k"), UNCHECKED, tmp_path / "nowhere/k")


def test_public_key_signs_nothing(small):
    pub = make_file(small.root.parent / "copy.pub", small.pub.read_bytes(), 0o600)
    refused(agent("seal", "--root", small.root, "--key", pub, "--out", small.out), UNCHECKED, pub,
            ".key")


@pytest.mark.parametrize("kind, extra", (("RSA", "rsa_keygen_bits:2048"),
                                         ("EC", "ec_paramgen_curve:P-384")))
def test_other_kinds_of_keys(small, tmp_path, kind, extra):
    key = tmp_path / "other.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", kind, "-pkeyopt", extra, "-out", key],
                   check=True, stderr=subprocess.DEVNULL)
    key.chmod(0o600)
    refused(agent("seal", "--root", small.root, "--key", key, "--out", small.out), UNCHECKED, key,
            "P-256", "Ed25519")


@pytest.mark.parametrize("line, word", (
    ("fixd /etc/**", "fixd"),
    ("fixed etc", "/"),
    ("fixed", "fixed"),
    ("mutable /x mode=999", "mode"),
    ("mutable /x colour=red", "colour"),
    ("waive cron.* /x owner=me until=2030-01-01", "reason"),
    ("waive cron.* /x owner=me until=someday reason=x", "until"),
    ("include nothing", "include"),
))
def test_broken_policy(small, tmp_path, line, word):
    policy = make_file(tmp_path / "policy", f"# first\nmutable /srv/data\n\n{line}\n")
    result = agent("seal", "--root", small.root, "--key", small.key, "--out", small.out,
                   "--policy", policy)
    refused(result, UNCHECKED, f"{policy}:4", word)
    assert list(small.out.iterdir()) == []


@pytest.mark.parametrize("text, line", (
    ("[agent]\ncolour = red\n", 2),
    ("[agnt]\nmanifest = /x\n", 1),
    ("[collector]\n\nurl = ftp://somewhere\n", 3),
    ("[collector]\ntimeout = soon\n", 2),
    ("[agent]\nstate-directory = relative\n", 2),
    ("no section\n", 1),
))
def test_broken_configuration(sealed, text, line):
    sealed.config.write_text(text)
    refused(verify(sealed), UNCHECKED, f"{sealed.config}:{line}")


def test_missing_configuration(sealed):
    sealed.config.unlink()
    refused(verify(sealed), UNCHECKED, sealed.config, "No such file")


def test_bad_date(small):
    result = agent("seal", "--root", small.root, "--key", small.key, "--out", small.out,
                   env=environment(SOURCE_DATE_EPOCH="yesterday"))
    refused(result, USAGE, "SOURCE_DATE_EPOCH", "yesterday")


@pytest.mark.parametrize("value", ("0", "-5", "soon", "2030-13-01", "2030-1-1"))
def test_bad_expiry(small, value):
    result = agent("seal", "--root", small.root, "--key", small.key, "--out", small.out,
                   f"--expires={value}")
    refused(result, USAGE, "--expires", value, "YYYY-MM-DD")


# -- Outputs -------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments", (
    ["verify"], ["verify", "--format", "json"], ["seal"], ["seal", "--format", "json"],
    ["explain"], ["explain", "cron.unexpected"], ["--help"], ["verify", "--help"], ["--version"]),
    ids=" ".join)
@pytest.mark.parametrize("how", ("full", "closed"))
def test_unwritable_stdout(sealed, arguments, how):
    if arguments == ["verify"] or arguments[:2] == ["verify", "--format"]:
        arguments = [*arguments, *sealed.arguments()]
    if arguments[0] == "seal":
        arguments = [*arguments, "--root", sealed.root, "--key", sealed.key, "--out", sealed.out]
    if how == "full":
        with open("/dev/full", "wb") as full:
            result = agent(*arguments, stdout=full)
    else:
        result = agent(*arguments, stdout=None, preexec_fn=lambda: os.close(1))
    result.expect(UNCHECKED)
    assert "output" in result.err or "No space left" in result.err, result.err


def test_reader_goes_away(sealed):
    """`goldseal ... | head`: an answer that nobody got is no pass."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = agent("verify", *sealed.arguments(), stdout=writer)
    finally:
        os.close(writer)
    assert result.status not in (PASS, FINDINGS)


def in_namespace(script, *words):
    """Runs a script of mounts in a mount namespace of its own."""
    return run(["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *words])


def seal_words(image):
    return [AGENT, "seal", "--root", image.root, "--key", image.key, "--out",
            image.out]


@needs_root
def test_no_space_left(sealed):
    """The old manifest stays as it was."""
    for number in range(400):
        make_file(sealed.root / f"srv/more/{number}", f"{number}")
    script = """
        out=$1; shift
        mount -t tmpfs -o size=64k none /mnt && cp "$out"/* /mnt/ || exit 99
        mount --bind /mnt "$out" || exit 99
        head -c 1M /dev/zero >"$out/filler" 2>/dev/null
        sha256sum "$out"/manifest.* >/run/goldseal-before.$$ || exit 99
        "$@"; status=$?
        sha256sum --quiet -c /run/goldseal-before.$$ || echo CHANGED >&2
        ls -A "$out" >&2; rm -f /run/goldseal-before.$$
        exit $status
    """
    result = in_namespace(script, sealed.out, *seal_words(sealed)).expect(UNCHECKED)
    assert "No space left" in result.err and str(sealed.out) in result.err, result.err
    assert "free space" in result.err
    assert "CHANGED" not in result.err
    assert ".tmp-" not in result.err, "temporary files are left"


@needs_root
def test_no_space_for_the_temporary_body(small):
    # Everything that the program needs must lie outside /tmp, which is full in this namespace.
    place = "/run/goldseal-e2e"
    script = f"""
        mount -t tmpfs none /run && mkdir {place} {place}/out || exit 99
        cp -a "$1" {place}/root && cp "$2" {place}/key && cp "$3" {place}/goldseal || exit 99
        shift 3
        mount -t tmpfs -o size=4k none /tmp || exit 99
        head -c 1M /dev/zero >/tmp/filler 2>/dev/null
        exec "$@"
    """
    result = in_namespace(script, small.root, small.key, AGENT, f"{place}/goldseal", "seal",
                          "--root", f"{place}/root", "--key", f"{place}/key", "--out",
                          f"{place}/out").expect(UNCHECKED)
    assert "temporary file" in result.err and "/tmp" in result.err, result.err


@needs_root
def test_read_only_output(sealed):
    before = tree_digest(sealed.out)
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    result = in_namespace(script, sealed.out, *seal_words(sealed))
    refused(result, UNCHECKED, sealed.out, "Read-only", "read-write")
    assert tree_digest(sealed.out) == before


def test_output_is_a_file(small, tmp_path):
    small.out = make_file(tmp_path / "plain", "x")
    refused(small.seal(status=UNCHECKED), UNCHECKED, small.out, "Not a directory")


@needs_root
def test_read_only_root_can_be_verified(sealed):
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    result = in_namespace(script, sealed.root, AGENT, "verify",
                          *sealed.arguments(), "--format", "json").expect(PASS)
    assert result.json["findings"] == []


def test_verifying_changes_nothing(sealed):
    """Not even access times, which tell an investigator what the intruder read."""
    before = tree_digest(sealed.root), tree_digest(sealed.out)
    paths = [sealed.root / "srv/data", sealed.root / "usr/bin/tool"]
    for path in paths:
        os.utime(path, ns=(1, path.stat().st_mtime_ns))
    sealed.verify(status=PASS)
    assert [path.stat().st_atime_ns for path in paths] == [1, 1]
    assert (tree_digest(sealed.root), tree_digest(sealed.out)) == before


@needs_root
def test_state_directory_is_full(sealed):
    """Evidence that could not be stored is told, and no half of it stays."""
    sealed.attest("--quiet").expect(PASS)
    script = """
        state=$1; shift
        cp "$state"/instance.key /run/goldseal-key.$$ || exit 99
        mount -t tmpfs -o size=16k,mode=700 none "$state" || exit 99
        cp -p /run/goldseal-key.$$ "$state"/instance.key && rm /run/goldseal-key.$$ || exit 99
        head -c 1M /dev/zero >"$state/filler" 2>/dev/null
        "$@"; status=$?
        find "$state" -type f >&2
        exit $status
    """
    result = in_namespace(script, sealed.state, AGENT, "attest", *sealed.arguments(), "--phase",
                          "image", "--instance-id", "i-test", "--quiet").expect(UNCHECKED)
    assert str(sealed.state) in result.err and "No space left" in result.err, result.err
    left = [line for line in result.err.splitlines() if line.startswith("/")]
    assert sorted(os.path.basename(p) for p in left) == ["filler", "instance.key"]
