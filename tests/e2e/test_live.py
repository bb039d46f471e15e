# SPDX-License-Identifier: Apache-2.0
"""The checks of a running system, on real processes: each case runs in a small sealed root of its
own, chrooted, in process, mount and network namespaces that end with it."""

import json
import platform
import re
import shutil
import subprocess

import pytest
from roots import (AGENT, PASS, Image, agent, check_result, environment,  # noqa: F401
                   keys, make_file, needs_root)

pytestmark = needs_root

PROGRAMS = ("bash", "cat", "cp", "ip", "mkdir", "mount", "mv", "perl", "rm", "sleep", "yes")
PRCTL = {"x86_64": 157, "aarch64": 167}
MEMFD_CREATE = {"x86_64": 319, "aarch64": 279}

INSIDE = r"""
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/merged" || exit 99
cd "$2/merged"
mount -t proc proc proc && mount -t tmpfs -o mode=755 tmpfs run || exit 99
mkdir -p dev/shm && mount -t tmpfs -o mode=1777 tmpfs dev/shm || exit 99
: > dev/null
mount --bind /dev/null dev/null || exit 99
chroot . /usr/bin/bash -c "$(cat "$2/setup")
sleep 0.4" > "$2/setup.out" 2>&1 < /dev/null
chroot . /usr/bin/goldseal attest --phase boot --no-deliver --format json --instance-id i-test \
  --manifest /usr/lib/goldseal --trust /etc/trust.pub --config /etc/agent.conf < /dev/null
"""


def copy_program(root, path):
    """A program with the libraries that it needs."""
    paths = [str(path)]
    for line in subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True).stdout.splitlines():
        paths += re.findall(r"(/\S+) \(0x", line)
    for name in paths:
        target = root / name.lstrip("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, target)


class Live:
    """A sealed root, and what the agent says when it runs in it."""

    def __init__(self, base, keys):
        self.base = base
        self.root = base / "root"
        self.make_root(keys[1])
        Image(self.root, keys).seal("--image-name", "live", "--image-version", "1", "--quiet")

    def make_root(self, public):
        for name in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "usr/local/bin", "etc", "proc",
                     "run", "sys", "dev/shm", "tmp", "var/tmp", "var/log", "root", "opt",
                     "usr/lib/goldseal", "var/lib/dpkg/info"):
            (self.root / name).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            (self.root / name).symlink_to("usr/" + name)
        for name in PROGRAMS:
            copy_program(self.root, shutil.which(name))
        make_file(self.root / "usr/sbin/crond", "#!/bin/sh\n", 0o755)
        shutil.copy(self.root / "usr/bin/cat", self.root / "usr/sbin/watcher")
        copy_program(self.root, AGENT)
        shutil.move(self.root / str(AGENT).lstrip("/"), self.root / "usr/bin/goldseal")
        for place in subprocess.run(["perl", "-e", "print join \"\\n\", @INC"],
                                    stdout=subprocess.PIPE, text=True).stdout.split():
            if "perl-base" in place:
                shutil.copytree(place, self.root / place.lstrip("/"))
        make_file(self.root / "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
        make_file(self.root / "usr/lib/os-release", "ID=debian\nVERSION_ID=12\n")
        make_file(self.root / "etc/agent.conf", "[agent]\nstate-directory = /run/goldseal\n")
        shutil.copy(public, self.root / "etc/trust.pub")

    def attest(self, place, setup):
        for name in ("upper", "work", "merged"):
            (place / name).mkdir(parents=True)
        (place / "upper").chmod(0o755)
        (place / "setup").write_text(setup)
        made = subprocess.run(
            ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child",
             "bash", "-c", INSIDE, "bash", self.root, place], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
            env=environment())
        if made.returncode == 99:
            pytest.skip("no overlay or no namespaces: " + made.stderr.strip())
        assert made.stdout, made.stderr + (place / "setup.out").read_text()
        result = check_result(json.loads(made.stdout))
        failed = {k: v for k, v in result["coverage"]["checks"].items() if v != "ran"}
        assert failed.pop("systemd").startswith("not run: systemd does not")
        assert not failed, failed
        return result


@pytest.fixture(scope="session")
def live(tmp_path_factory, keys):
    return Live(tmp_path_factory.mktemp("live"), keys)


def memory_program(name):
    return (f"perl -e '$n = \"{name}\"; $fd = syscall({MEMFD_CREATE.get(platform.machine(), 319)}, "
            "$n, 0); open F, \"<\", \"/usr/bin/sleep\"; binmode F; local $/; $d = <F>; "
            "open O, \">&=\", $fd; binmode O; syswrite O, $d; "
            "exec {\"/proc/self/fd/$fd\"} \"daemon\", \"300\"' &")


def listener(port, program="perl"):
    return (f"{program} -e 'use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0); "
            f"bind($s, sockaddr_in({port}, INADDR_LOOPBACK)) or die; listen($s, 1); "
            "accept(my $c, $s); sleep 300' &")


CASES = {
    # what runs
    "temporary": ("cp /bin/sleep /tmp/worker; /tmp/worker 300 &",
                  "process.temporary", "/tmp/worker", "high", "/tmp/worker 300"),
    "shm": ("cp /bin/sleep /dev/shm/.x; /dev/shm/.x 300 &",
            "process.temporary", "/dev/shm/.x", "high", ""),
    "hidden": ("mkdir /opt/.d; cp /bin/sleep /opt/.d/w; /opt/.d/w 300 &",
               "process.hidden", "/opt/.d/w", "high", ""),
    "deleted": ("cp /bin/sleep /usr/bin/w; /usr/bin/w 300 & sleep 0.2; rm /usr/bin/w",
                "process.deleted", "/usr/bin/w", "high", "(deleted)"),
    "memory": (memory_program("x"), "process.memory", None, "high", "memfd:x"),
    "runc-by-name": (memory_program("runc_cloned:/proc/self/exe"), "process.memory", None, "high",
                     "runc_cloned"),
    "kernel-thread": ("(exec -a '[kworker/0:1]' sleep 300) &",
                      "process.masquerade", "/usr/bin/sleep", "high", "kworker"),
    "other-program": ("(exec -a /usr/sbin/watcher sleep 300) &",
                      "process.masquerade", "/usr/bin/sleep", "high", "/usr/sbin/watcher"),
    "renamed": ("perl -e '$0 = \"totally fine\"; sleep 300' &",
                "process.renamed", "/usr/bin/perl", "medium", "totally fine"),
    "renamed-kernel": ("perl -e '$0 = \"kworker/u4:0\"; sleep 300' &",
                       "process.masquerade", "/usr/bin/perl", "high", "kworker/u4:0"),
    "daemon": ("(exec -a 'sshd: root@pts/0' sleep 300) &",
               "process.masquerade", "/usr/bin/sleep", "high", "sshd: root"),
    "path-of-nothing": ("(exec -a /usr/sbin/nothing sleep 300) &",
                        "process.renamed", "/usr/bin/sleep", "medium", "/usr/sbin/nothing"),
    "prctl": (f"perl -e '$n = \"some name\"; syscall({PRCTL.get(platform.machine(), 157)}, 15, $n); "
              "sleep 300' &", "process.renamed", "/usr/bin/perl", "medium", "some name"),
    "preload": (": > /tmp/x.so; LD_PRELOAD=/tmp/x.so sleep 300 2>/dev/null &",
                "preload.process", "/tmp/x.so", "high", "LD_PRELOAD=/tmp/x.so"),
    "library": ("cp $(echo /lib/*/libcrypto.so.3) /tmp/y.so; perl -e 'require DynaLoader; "
                "DynaLoader::dl_load_file(\"/tmp/y.so\", 1) or die; sleep 300' &",
                "preload.library", "/tmp/y.so", "high", "/tmp/y.so"),
    "miner": ("(exec -a x perl -e 'sleep 300' -- -o stratum+tcp://pool.example:3333) &",
              "miner.process", "/usr/bin/perl", "critical", "stratum+"),
    "load": ("yes > /dev/null & sleep 2.5", "miner.load", "/usr/bin/yes", "info", "nice"),
    "unvouched": ("cp /bin/sleep /usr/local/bin/w; /usr/local/bin/w 300 &",
                  "binary.unexpected", "/usr/local/bin/w", "high", "it runs"),
    # who talks
    "interpreter": (listener(4444), "network.interpreter", "/usr/bin/perl", "high", "port 4444"),
    "listener": ("cp /usr/bin/perl /usr/local/bin/w; " + listener(8080, "/usr/local/bin/w"),
                 "network.listener", "/usr/local/bin/w", "high", "port 8080"),
    "packet": ("cp /usr/bin/perl /dev/shm/k; /dev/shm/k -e 'socket(my $s, 17, 3, 0x0300) or die; "
               "sleep 300' &", "network.packet", "/dev/shm/k", "high", "packet socket"),
    "shell": ("ip link set lo up; " + listener(5555) + " sleep 0.3; (exec 3<>/dev/tcp/127.0.0.1/5555 "
              "&& exec sleep 301 <&3 >&3 2>&3) &",
              "network.shell", "/usr/bin/sleep", "high", "port 5555"),
    # what is hidden
    "mount": ("cat /etc/passwd > /run/p; mount --bind /run/p /etc/passwd",
              "hidden.mount", "/etc/passwd", "high", ""),
    "mount-own": ("cat /etc/passwd > /tmp/.p; mount --bind /tmp/.p /etc/passwd",
                  "hidden.mount", "/etc/passwd", "high", "/tmp/.p"),
    "mount-process": ("cp /bin/sleep /tmp/w; /tmp/w 300 & mount --bind /proc/1 /proc/$!",
                      "process.temporary", "/tmp/w", "high", "mounted over"),
    "mount-sealed": ("sleep 300 & mount --bind /proc/1 /proc/$!",
                     "hidden.mount", None, "high", ""),
    "program-in-tmpfs": ("mount -t tmpfs -o mode=1777 tmpfs /tmp; mkdir -p /tmp/a/b; "
                         "cp /bin/sleep /tmp/a/b/c",
                         "binary.temporary", "/tmp/a/b/c", "medium", "mode="),
    # what lies in /run
    "transient": ("mkdir -p /run/systemd/transient; cd /run/systemd/transient; "
                  "echo 'OnCalendar=*:0/1' > a.timer; echo 'ExecStart=/bin/sh -c true' > a.service",
                  "service.transient", "/run/systemd/transient/a.service", "high", "/bin/sh -c"),
    "runtime-unit": ("mkdir -p /run/systemd/system; "
                     "echo 'ExecStart=/run/x' > /run/systemd/system/b.service",
                     "service.runtime", "/run/systemd/system/b.service", "medium", "/run/x"),
    "harmless-unit": ("mkdir -p /run/systemd/system; "
                      "echo 'ExecStart=/usr/bin/sleep 9' > /run/systemd/system/c.service",
                      "service.runtime", "/run/systemd/system/c.service", "medium", "what made it"),
    "generated": ("mkdir -p /run/systemd/generator.late; "
                  "echo 'ExecStart=/usr/bin/sleep' > /run/systemd/generator.late/d.service",
                  "service.runtime", "/run/systemd/generator.late/d.service", "medium", ""),
    "udev": ("mkdir -p /run/udev/rules.d; echo 'RUN+=\"/bin/x\"' > /run/udev/rules.d/1.rules",
             "udev.runtime", "/run/udev/rules.d/1.rules", "high", "/bin/x"),
}


@pytest.mark.parametrize("name", CASES)
def test_planted(live, tmp_path, name):
    setup, code, path, severity, text = CASES[name]
    findings = live.attest(tmp_path, setup)["findings"]
    found = [f for f in findings if f["code"] == code and path in (None, f["path"])]
    assert len(found) == 1, findings
    assert found[0]["severity"] == severity
    assert text in f"{found[0]['title']} {found[0]['actual']}"
    assert len(findings) == (2 if name == "shell" else 1), findings


BENIGN = {
    "nothing": "true",
    "programs": "sleep 300 & (exec -a sh bash -c 'read x < <(sleep 300)') & "
                "(exec -a -bash bash -c 'sleep 300; true') &",
    "script": "(exec -a crond perl -e 'sleep 300') &",
    "tmp": "mount -t tmpfs -o mode=1777 tmpfs /tmp; mkdir /tmp/.X11-unix; echo data > /tmp/data; "
           "(exec 3> /tmp/open; exec sleep 300) &",
    "run": "mkdir -p /run/systemd/{transient,system,generator} /run/udev/rules.d; "
           "printf '# Automatically generated by x\\nExecStart=/usr/bin/sleep 1\\n' "
           "> /run/systemd/generator/x.service; "
           "echo '[Scope]' > /run/systemd/transient/session-1.scope; "
           "echo 'ExecStart=/usr/bin/sleep 1' > /run/systemd/system/netplan-x.service; "
           "echo 'SUBSYSTEM==\"net\", NAME=\"a\"' > /run/udev/rules.d/99-netplan-a.rules",
}


@pytest.mark.parametrize("name", BENIGN)
def test_benign(live, tmp_path, name):
    result = live.attest(tmp_path, BENIGN[name])
    assert result["findings"] == [] and result["verdict"] == "pass"


def test_upgrade(live, tmp_path):
    """A program that was replaced while it runs by one that a package owns."""
    setup = ("cp /bin/sleep /usr/bin/w; /usr/bin/w 300 & sleep 0.2; cp /bin/sleep /usr/bin/new; "
             "mv /usr/bin/new /usr/bin/w; echo /usr/bin/w > /var/lib/dpkg/info/w.list")
    codes = [f["code"] for f in live.attest(tmp_path, setup)["findings"]]
    assert not [c for c in codes if c.startswith("process.")], codes


def test_not_of_another_root(live):
    """A mounted image has no processes."""
    result = agent("verify", "--root", live.root, "--phase", "boot", "--trust",
                   live.root / "etc/trust.pub", "--format", "json").expect(PASS).json
    assert result["coverage"]["checks"]["processes"] == "not run: it needs the running system"
