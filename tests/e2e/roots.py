# SPDX-License-Identifier: Apache-2.0
"""Roots to seal and verify, and the agent that does it: small ones made here, and a real Debian."""

import base64
import hashlib
import json
import os
import re
import socket
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(
    os.environ.get("GOLDSEAL_BUILD") or os.environ.get("BUILD") or SOURCE / "build"
).resolve()
AGENT = BUILD / "goldseal"

PASS, FINDINGS, USAGE, UNCHECKED = 0, 1, 2, 3
MANIFEST = "usr/lib/goldseal"
TEMPORARY = ".tmp-"
EPOCH = "1700000000"

# Instrumented programs need more memory and time than the limits that the tests check.
SANITIZED = AGENT.is_file() and b"__asan_init" in AGENT.read_bytes()

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can change owners, make device nodes and mount"
)

FINDING_MEMBERS = {
    "code": str,
    "severity": str,
    "path": (str, type(None)),
    "title": str,
    "expected": (str, type(None)),
    "actual": (str, type(None)),
    "attack": list,
    "package": (str, type(None)),
    "waived": (str, type(None)),
    "related": list,
}
COVERAGE_MEMBERS = {
    "entries": int, "bytes": int, "ignored": list, "unreadable": int, "checks": dict,
    "mode": str, "tier": str, "hashed": int, "linked": int, "reused": int, "unexamined": int,
    "vouched": dict, "mounts": list,
}
EARLY_MEMBERS = {"tier": str, "verdict": str, "entries": int, "ms": int}
TIMING_MEMBERS = {"walk_ms": int, "total_ms": int}
RESULT_MEMBERS = {"verdict": str, "findings": list, "coverage": dict, "timing": dict}
SEVERITIES = ("info", "low", "medium", "high", "critical")


class Result:
    """What a program left: its exit status and both outputs, as bytes and as text."""

    def __init__(self, completed):
        self.status = completed.returncode
        self.stdout = completed.stdout or b""
        self.stderr = completed.stderr or b""

    @property
    def out(self):
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def err(self):
        return self.stderr.decode("utf-8", "surrogateescape")

    @property
    def json(self):
        return json.loads(self.stdout)

    def expect(self, status):
        assert self.status == status, f"exit {self.status}, expected {status}\n{self.out}{self.err}"
        return self


def environment(**changes):
    env = {k: v for k, v in os.environ.items() if k not in ("SOURCE_DATE_EPOCH", "NO_COLOR")}
    env["LC_ALL"] = "C.UTF-8"
    env.update({k: str(v) for k, v in changes.items()})
    return env


def run(command, env=None, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("timeout", 120)
    return Result(subprocess.run(list(command), env=env or environment(), **options))


def agent(*arguments, program=AGENT, **options):
    if not AGENT.is_file():
        pytest.fail(f"{AGENT} is missing: run make BUILD={BUILD}")
    return run([program, *arguments], **options)


def check_members(value, members, where):
    assert isinstance(value, dict), where
    assert set(value) == set(members), f"{where}: members {sorted(value)}"
    for name, kind in members.items():
        assert isinstance(value[name], kind), f"{where}.{name}"
        assert not isinstance(value[name], bool), f"{where}.{name}"


def check_result(result):
    """DESIGN's JSON of verify, member by member."""
    check_members(result, RESULT_MEMBERS, "result")
    coverage = dict(result["coverage"])
    early = coverage.pop("early", None)
    if early is not None:
        check_members(early, EARLY_MEMBERS, "early")
    check_members(coverage, COVERAGE_MEMBERS, "coverage")
    check_members(result["timing"], TIMING_MEMBERS, "timing")
    assert result["verdict"] in ("none", "pass", "warn", "fail")
    assert all(isinstance(i, str) for i in result["coverage"]["ignored"])
    assert all(isinstance(i, str) for i in result["coverage"]["checks"].values())
    for finding in result["findings"]:
        finding = dict(finding)
        raw = finding.pop("path_raw", None)
        assert raw is None or base64.b64decode(raw, validate=True)
        check_members(finding, FINDING_MEMBERS, "finding")
        assert re.fullmatch(r"[a-z]+\.[a-z-]+", finding["code"])
        assert finding["severity"] in SEVERITIES
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", i) for i in finding["attack"])
        assert all(isinstance(i, str) for i in finding["related"])
    return result


def temporaries(directory):
    return sorted(p for p in Path(directory).rglob("*") if p.name.startswith(TEMPORARY))


def make_key(directory, name="golden", algorithm="p256"):
    path = Path(directory) / name
    agent("keygen", "--out", path, "--algorithm", algorithm, "--quiet").expect(PASS)
    return Path(f"{path}.key"), Path(f"{path}.pub")


class Image:
    """A root with its keys, the directory of its manifest and a configuration of its own."""

    def __init__(self, root, keys, out=None):
        self.root = Path(root)
        self.key, self.pub = keys
        self.out = Path(out) if out else self.root / MANIFEST
        self.state = self.root.parent / (self.root.name + "-state")
        self.config = self.root.parent / (self.root.name + ".conf")
        self.configure()

    def configure(self, *lines):
        text = f"[agent]\nstate-directory = {self.state}\n" + "".join(f"{i}\n" for i in lines)
        self.config.write_text(text)

    def seal(self, *arguments, status=PASS, **options):
        return agent(
            "seal", "--root", self.root, "--key", self.key, "--out", self.out, *arguments, **options
        ).expect(status)

    def arguments(self):
        return ["--root", self.root, "--manifest", self.out, "--trust", self.pub,
                "--config", self.config]

    def verify(self, *arguments, status=None, **options):
        """The checked JSON; the exit status agrees with the verdict or is the one given."""
        result = agent("verify", *self.arguments(), "--format", "json", *arguments, **options)
        document = check_result(result.expect(result.status if status is None else status).json)
        assert result.status == {"pass": 0, "warn": 1, "fail": 1}[document["verdict"]]
        return document

    def attest(self, *arguments, **options):
        return agent("attest", *self.arguments(), "--phase", "image", "--instance-id", "i-test",
                     *arguments, **options)

    def copy(self, to):
        """Another root with the same content and manifest; the manifest lies outside of both."""
        subprocess.run(["cp", "-a", "--reflink=auto", self.root, to], check=True)
        return Image(to, (self.key, self.pub), self.out)

    @property
    def envelope(self):
        return json.loads((self.out / "manifest.json").read_bytes())

    @property
    def payload(self):
        return base64.b64decode(self.envelope["payload"], validate=True)

    @property
    def predicate(self):
        return json.loads(self.payload)["predicate"]

    @property
    def lines(self):
        return (self.out / "manifest.mtree").read_bytes().splitlines()


def make_file(path, content="", mode=0o644):
    path = Path(os.fsdecode(path)) if isinstance(path, bytes) else Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "etc/shadow": "root:*:19000:0:99999:7:::\n",
    "etc/group": "root:x:0:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/ssh/sshd_config": "PermitRootLogin no\n",
    "etc/systemd/system/app.service": "[Service]\nExecStart=/usr/bin/tool\n",
    "etc/pam.d/sshd": "auth required pam_unix.so\n",
    "usr/lib/os-release": "ID=debian\nVERSION_ID=12\nIMAGE_ID=small\nIMAGE_VERSION=7\n",
    "usr/lib/libsmall.so.1": "library\n",
    "usr/share/doc/tool/README": "Read me.\n",
    "srv/data": "data\n",
    "root/.profile": "umask 022\n",
    "var/lib/dpkg/info/tool.list": "/.\n/usr\n/usr/bin\n/usr/bin/tool\n",
}
PROGRAMS = {"usr/bin/tool": "#!/bin/sh\necho tool\n", "usr/bin/assist": "#!/bin/sh\necho assist\n"}
LINKS = {
    "bin": "usr/bin",
    "etc/os-release": "../usr/lib/os-release",
    "usr/lib/libsmall.so": "libsmall.so.1",
    "etc/systemd/system/multi-user.target.wants/app.service": "../app.service",
    "srv/dangling": "/nowhere/at all",
}
DIRECTORIES = ("dev", "proc", "run", "sys", "tmp", "var/tmp", "var/log", "srv/empty")


def make_small_root(root):
    for name, content in FILES.items():
        make_file(root / name, content)
    for name, content in PROGRAMS.items():
        make_file(root / name, content, 0o755)
    for name in DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "var/tmp").chmod(0o1777)
    (root / "root").chmod(0o700)
    (root / "etc/shadow").chmod(0o640)
    for name, target in LINKS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(target)
    root.chmod(0o755)
    return root


def make_special_files(root):
    """What only root can make: nodes, owners, capabilities, ACLs; and a fifo and a socket."""
    os.mknod(root / "srv/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(root / "srv/loop", stat.S_IFBLK | 0o660, os.makedev(7, 3))
    os.mkfifo(root / "srv/fifo", 0o600)
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(root / "srv")  # a socket's path is at most 107 bytes
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
    os.chown(root / "srv/data", 1234, 5678)
    subprocess.run(["setcap", "cap_net_raw+ep", root / "usr/bin/assist"], check=True)
    subprocess.run(["setfacl", "-m", "u:4321:r", root / "etc/hosts"], check=True)
    subprocess.run(["setfacl", "-d", "-m", "g:4321:rwx", root / "srv/empty"], check=True)


# Names as bytes: everything that a directory entry may hold and that parsers trip over.
ODD_NAMES = (
    b" leading blank",
    b"trailing blank ",
    b"in the middle",
    b"new\nline",
    b"tab\there",
    b"star*",
    b"what?",
    b"set[ab]",
    b"back\\slash",
    b"\\012",
    b"#hash",
    b"-dash",
    b"equal=sign",
    b"'single' \"double\"",
    "größe-名前-\U0001f600".encode(),
    b"invalid-\xff\xfe\x80",
    b"control-\x01\x1b[31m\x7f",
    b"...",
    b"..hidden",
    b"l" * 255,
    b"\xe9" * 255,
)


def make_odd_names(directory):
    base = os.fsencode(directory)
    os.makedirs(base, exist_ok=True)
    for number, name in enumerate(ODD_NAMES):
        with open(os.path.join(base, name), "wb") as file:
            file.write(b"%d\n" % number)
    os.makedirs(os.path.join(base, b"odd dir\n*", b"below"))
    os.symlink(b"target with\nnewline \xff", os.path.join(base, b"odd link \\"))


def find_real_root():
    """The tar of a real Debian root, from the cache or built once by demo/make-root."""
    made = subprocess.run(
        [SOURCE / "demo/make-root"], stdout=subprocess.PIPE, text=True, timeout=900,
        env=environment(BUILD=BUILD),
    )
    assert made.returncode == 0, "demo/make-root failed; its messages stand above"
    return Path(made.stdout.splitlines()[-1])


def tree_digest(directory):
    """Names, modes and contents below a directory, to see whether anything there changed."""
    digest = hashlib.sha256()
    for path in sorted(Path(directory).rglob("*")):
        st = path.lstat()
        digest.update(os.fsencode(path) + b"\0%o\0%d\0" % (st.st_mode, st.st_mtime_ns))
        if path.is_file() and not path.is_symlink():
            digest.update(path.read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def small(tmp_path, keys):
    """A small root that has not been sealed yet; the manifest goes beside it."""
    out = tmp_path / "manifest"
    out.mkdir()
    return Image(make_small_root(tmp_path / "root"), keys, out)


@pytest.fixture
def sealed(small):
    small.seal("--quiet")
    return small


@pytest.fixture(scope="session")
def full_original(tmp_path_factory, keys):
    base = tmp_path_factory.mktemp("full")
    image = Image(make_small_root(base / "root"), keys, base / "manifest")
    if os.geteuid() == 0:
        make_special_files(image.root)
    image.seal("--quiet")
    return image


@pytest.fixture
def full(full_original, tmp_path):
    """A sealed root with every kind of object, to be changed at will."""
    return full_original.copy(tmp_path / "root")


class Nobody:
    """A directory of an unprivileged user, with a root, keys and a copy of the agent in it."""

    UID = 65534

    def __init__(self, base):
        self.base = Path(base)
        self.program = Path(shutil.copy(AGENT, self.base))
        make_small_root(self.base / "root")
        (self.base / "manifest").mkdir()
        self.image = Image(self.base / "root", make_key(self.base), self.base / "manifest")
        self.own()

    def own(self):
        for path in [self.base, *self.base.rglob("*")]:
            os.lchown(path, self.UID, self.UID)

    def agent(self, *arguments, **options):
        return agent(*arguments, program=self.program, user=self.UID, group=self.UID,
                     extra_groups=[], cwd=self.base, **options)


@pytest.fixture
def nobody():
    with tempfile.TemporaryDirectory(prefix="goldseal-nobody-") as base:
        yield Nobody(base)
