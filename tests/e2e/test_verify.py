# SPDX-License-Identifier: Apache-2.0
"""Verify: each attribute alone, groups of changes as one finding, path classes and waivers."""

import base64
import datetime
import os
import stat
import subprocess

import pytest
from roots import (FINDINGS, ODD_NAMES, PASS, USAGE, Image, agent, check_result, full,  # noqa: F401
                   full_original, keys, make_file, make_odd_names, make_small_root, needs_root,
                   sealed, small)


def only(document):
    assert len(document["findings"]) == 1, document["findings"]
    return document["findings"][0]


def test_clean(full):
    document = full.verify(status=PASS)
    assert document["verdict"] == "pass"
    assert document["findings"] == []
    assert document["coverage"]["unreadable"] == 0
    own = 3  # the manifest's directory and two files, which are not there
    assert document["coverage"]["entries"] == full.predicate["entries"] - own
    assert document["coverage"]["bytes"] == full.predicate["bytes"]
    assert set(document["coverage"]["checks"].values()) == {"ran"}
    assert {"/proc", "/sys", "/dev", "/run"} <= set(document["coverage"]["ignored"])


def rewrite(path, content):
    """Same size, same times, other content."""
    st = path.stat()
    assert len(content) == st.st_size
    with open(path, "r+b") as file:
        file.write(content)
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


def replace_node(path, kind, device):
    st = path.lstat()
    path.unlink()
    os.mknod(path, kind | stat.S_IMODE(st.st_mode), device)
    path.chmod(stat.S_IMODE(st.st_mode))
    os.chown(path, st.st_uid, st.st_gid)


def to_link(root):
    (root / "etc/group").unlink()
    (root / "etc/group").symlink_to("hosts")


def to_directory(root):
    (root / "usr/share/doc/tool/README").unlink()
    (root / "usr/share/doc/tool/README").mkdir()


def retarget(root):
    (root / "usr/lib/libsmall.so").unlink()
    (root / "usr/lib/libsmall.so").symlink_to("../../srv/data")


def command(*words):
    def change(root):
        subprocess.run([root / w[2:] if w.startswith("@/") else w for w in words], check=True)
    return change


# name, change, code, path, what the title must name; one of each attribute that DESIGN compares.
MUTATIONS = [
    ("content", lambda r: rewrite(r / "srv/data", b"DATA\n"), "file.changed", "/srv/data",
     "content"),
    ("size", lambda r: (r / "srv/data").write_text("data\nmore\n"), "file.changed", "/srv/data",
     "size"),
    ("program", lambda r: rewrite(r / "usr/bin/tool", b"#!/bin/sh\necho TOOL\n"),
     "binary.changed", "/usr/bin/tool", "content"),
    ("mode", lambda r: (r / "usr/bin/tool").chmod(0o775), "binary.changed", "/usr/bin/tool",
     "mode"),
    ("directory mode", lambda r: (r / "srv/empty").chmod(0o700), "file.changed", "/srv/empty",
     "mode"),
    ("root mode", lambda r: r.chmod(0o700), "file.changed", "/", "mode"),
    ("setuid", lambda r: (r / "usr/bin/tool").chmod(0o4755), "suid.changed", "/usr/bin/tool",
     "mode"),
    ("sticky bit", lambda r: (r / "tmp").chmod(0o777), "file.changed", "/tmp", "mode"),
    ("link target", retarget, "file.changed", "/usr/lib/libsmall.so", "link target"),
    ("type to link", to_link, "account.changed", "/etc/group", "type"),
    ("type to directory", to_directory, "file.changed", "/usr/share/doc/tool/README", "type"),
    ("missing file", lambda r: (r / "usr/bin/tool").unlink(), "binary.missing", "/usr/bin/tool",
     "missing"),
    ("missing link", lambda r: (r / "srv/dangling").unlink(), "file.missing", "/srv/dangling",
     "missing"),
    ("missing directory", lambda r: (r / "srv/empty").rmdir(), "file.missing", "/srv/empty",
     "missing"),
    ("extra file", lambda r: make_file(r / "srv/new", "x"), "file.unexpected", "/srv/new",
     "not in the manifest"),
    ("extra directory", lambda r: (r / "srv/new").mkdir(), "file.unexpected", "/srv/new",
     "not in the manifest"),
    ("extra fifo", lambda r: os.mkfifo(r / "srv/pipe"), "file.unexpected", "/srv/pipe",
     "not in the manifest"),
    ("extra in tmp", lambda r: make_file(r / "tmp/.x", "x"), "hidden.unexpected", "/tmp/.x",
     "not in the manifest"),
]
ROOT_MUTATIONS = [
    ("owner", lambda r: os.chown(r / "srv/data", 1, 5678), "file.changed", "/srv/data", "owner"),
    ("group", lambda r: os.chown(r / "srv/data", 1234, 1), "file.changed", "/srv/data", "group"),
    ("link owner", lambda r: os.lchown(r / "srv/dangling", 7, 0), "file.changed", "/srv/dangling",
     "owner"),
    ("device numbers", lambda r: replace_node(r / "srv/null", stat.S_IFCHR, os.makedev(1, 5)),
     "file.changed", "/srv/null", "device"),
    ("device kind", lambda r: replace_node(r / "srv/loop", stat.S_IFCHR, os.makedev(7, 3)),
     "file.changed", "/srv/loop", "type"),
    ("capability added", command("setcap", "cap_sys_admin+ep", "@/usr/bin/tool"), "suid.changed",
     "/usr/bin/tool", "capabilities"),
    ("capability changed", command("setcap", "cap_sys_admin+ep", "@/usr/bin/assist"),
     "suid.changed", "/usr/bin/assist", "capabilities"),
    ("capability removed", command("setcap", "-r", "@/usr/bin/assist"), "suid.changed",
     "/usr/bin/assist", "capabilities"),
    ("ACL added", command("setfacl", "-m", "u:99:r", "@/srv/data"), "file.changed", "/srv/data",
     "ACL"),
    ("ACL changed", command("setfacl", "-m", "u:99:r", "@/etc/hosts"), "dnshosts.changed",
     "/etc/hosts", "ACL"),
    ("ACL removed", command("setfacl", "-b", "@/etc/hosts"), "dnshosts.changed", "/etc/hosts",
     "ACL"),
    ("default ACL", command("setfacl", "-d", "-m", "g:9:r", "@/srv/empty"), "file.changed",
     "/srv/empty", "ACL"),
    ("extra node", lambda r: os.mknod(r / "srv/zero", stat.S_IFCHR | 0o666, os.makedev(1, 5)),
     "hidden.unexpected", "/srv/zero", "not in the manifest"),
]


def check_mutation(image, mutation):
    _, change, code, path, title = mutation
    change(image.root)
    finding = only(image.verify(status=FINDINGS))
    assert (finding["code"], finding["path"]) == (code, path)
    assert title in finding["title"]
    assert finding["expected"] != finding["actual"]
    assert finding["related"] == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m[0])
def test_one_change(full, mutation):
    check_mutation(full, mutation)


@needs_root
@pytest.mark.parametrize("mutation", ROOT_MUTATIONS, ids=lambda m: m[0])
def test_one_change_as_root(full, mutation):
    check_mutation(full, mutation)


def test_values_of_a_change(sealed):
    (sealed.root / "usr/bin/tool").chmod(0o4755)
    finding = only(sealed.verify())
    assert finding["expected"] == "mode=0755"
    assert finding["actual"] == "mode=4755"
    assert finding["severity"] in ("high", "critical")
    assert finding["package"] == "tool"
    assert "T1548.001" in finding["attack"]


def test_one_thing_planted_is_one_finding(sealed):
    make_file(sealed.root / "etc/systemd/system/evil.service",
              "[Service]\nExecStart=/usr/local/bin/evil\n")
    make_file(sealed.root / "usr/local/bin/evil", "#!/bin/sh\n", 0o755)
    wants = sealed.root / "etc/systemd/system/multi-user.target.wants/evil.service"
    wants.symlink_to("/etc/systemd/system/evil.service")
    finding = only(sealed.verify())
    assert finding["code"] == "service.unexpected"
    assert finding["path"] == "/etc/systemd/system/evil.service"
    assert finding["actual"] == "ExecStart=/usr/local/bin/evil"
    assert finding["expected"] == "absent"
    assert "enabled" in finding["title"]
    assert "T1543.002" in finding["attack"]
    related = set(finding["related"])
    assert "/etc/systemd/system/multi-user.target.wants/evil.service" in related
    assert "/usr/local/bin/evil" in related


def test_two_things_are_two_findings(sealed):
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    make_file(sealed.root / "etc/sudoers.d/all", "ALL ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    codes = sorted(f["code"] for f in sealed.verify()["findings"])
    assert codes == ["cron.unexpected", "sudo.unexpected"]


def test_account_files_belong_together(sealed):
    for name, line in (("passwd", "x:x:0:0::/:/bin/sh\n"), ("shadow", "x:*:1::::::\n"),
                       ("group", "x:x:9:\n")):
        with open(sealed.root / "etc" / name, "a") as file:
            file.write(line)
    finding = only(sealed.verify())
    assert finding["code"] == "account.second-root"
    assert finding["path"] == "/etc/passwd"
    assert set(finding["related"]) == {"/etc/shadow", "/etc/group"}


@pytest.mark.parametrize("path, content, mode, code, words", [
    ("usr/bin/t\u043e\u043el", "x", 0o755, "hidden.unexpected", 'looks like "tool"'),
    ("usr/bin/t00l", "x", 0o755, "hidden.unexpected", "looks like /usr/bin/tool"),
    ("srv/notes.txt", "-----BEGIN PRIVATE KEY-----\n", 0o644, "secret.unexpected", "notes.txt"),
    ("srv/page.php", "<?php eval($_POST['x']);", 0o644, "trigger.unexpected", "page.php"),
    ("etc/environment.new", "x", 0o644, "file.unexpected", "environment.new"),
    ("etc/cron.d/.x", "* * * * * root true\n", 0o644, "cron.unexpected", ".x"),
], ids=lambda value: str(value)[:16] if isinstance(value, str) else None)
def test_mechanism_by_name_and_content(sealed, path, content, mode, code, words):
    make_file(sealed.root / path, content, mode)
    finding = only(sealed.verify())
    assert finding["code"] == code
    assert finding["path"] == "/" + path
    assert words in finding["title"]


def test_records_of_a_package_follow_its_program(sealed):
    make_file(sealed.root / "usr/bin/new", "x", 0o755)
    make_file(sealed.root / "var/lib/dpkg/info/new.list", "/.\n/usr\n/usr/bin/new\n")
    finding = only(sealed.verify())
    assert finding["path"] == "/usr/bin/new"
    assert finding["related"] == ["/var/lib/dpkg/info/new.list"]


def test_order_of_findings(sealed):
    make_file(sealed.root / "srv/low", "x")
    make_file(sealed.root / "etc/ld.so.preload", "/usr/lib/x.so\n")
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    order = ["critical", "high", "medium", "low", "info"]
    ranks = [order.index(f["severity"]) for f in sealed.verify()["findings"]]
    assert len(ranks) == 3
    assert ranks == sorted(ranks)


def test_what_lies_in_ignored_places(sealed):
    make_file(sealed.root / "run/something", "x")
    make_file(sealed.root / "proc/something", "x")
    assert sealed.verify(status=PASS)["findings"] == []


@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda n: repr(n)[2:24])
def test_odd_name_appears(sealed, name):
    base = os.fsencode(sealed.root / "srv")
    with open(os.path.join(base, name), "wb"):
        pass
    finding = only(sealed.verify())
    path = b"/srv/" + name
    raw = finding.get("path_raw")
    if raw is None:
        assert finding["path"].encode() == path
    else:
        assert base64.b64decode(raw) == path
        with pytest.raises(UnicodeDecodeError):
            path.decode()


def test_odd_names_are_compared_literally(small):
    """What a glob in a name would match is not that name."""
    make_odd_names(small.root / "srv/odd")
    small.seal("--quiet")
    assert small.verify(status=PASS)["findings"] == []
    base = small.root / "srv/odd"
    (base / "star*").rename(base / "starX")
    codes = sorted((f["code"], f["path"]) for f in small.verify()["findings"])
    assert codes == [("file.missing", "/srv/odd/star*"), ("file.unexpected", "/srv/odd/starX")]
    (base / "starX").rename(base / "star*")
    (base / "set[ab]").rename(base / "seta")
    codes = sorted((f["code"], f["path"]) for f in small.verify()["findings"])
    assert codes == [("file.missing", "/srv/odd/set[ab]"), ("file.unexpected", "/srv/odd/seta")]


def test_escaped_name_is_not_its_escape(small):
    """A blank in the manifest and four real bytes `\\040` are two names."""
    make_file(small.root / "srv/a b", "1\n")
    small.seal("--quiet")
    (small.root / "srv/a b").rename(small.root / "srv/a\\040b")
    paths = sorted(f["path"] for f in small.verify()["findings"])
    assert paths == ["/srv/a b", "/srv/a\\040b"]


def write_policy(image, *lines):
    path = image.root.parent / "policy"
    path.write_text("".join(f"{i}\n" for i in lines))
    return path


def test_mutable_class(small):
    small.seal("--policy", write_policy(small, "mutable /srv/data", "include default"))
    (small.root / "srv/data").write_text("anything, of any size\n")
    assert small.verify(status=PASS)["findings"] == []
    (small.root / "srv/data").chmod(0o666)
    assert "mode" in only(small.verify())["title"]


def test_append_class(small):
    small.seal("--policy", write_policy(small, "append /srv/data", "include default"))
    with open(small.root / "srv/data", "a") as file:
        file.write("one more line\n")
    assert small.verify(status=PASS)["findings"] == []
    (small.root / "srv/data").write_text("DATA\none more line\n")
    assert "sealed beginning" in only(small.verify())["title"]
    (small.root / "srv/data").write_text("dat")
    assert "sealed beginning" in only(small.verify())["title"]


def test_generated_class(small):
    small.seal("--policy", write_policy(small, "generated /srv/made mode=0600", "include default"))
    assert small.verify(status=PASS)["findings"] == []
    make_file(small.root / "srv/made", "new\n", 0o600)
    assert small.verify(status=PASS)["findings"] == []
    (small.root / "srv/made").chmod(0o644)
    assert only(small.verify())["path"] == "/srv/made"
    (small.root / "srv/made").chmod(0o700)
    assert only(small.verify())["path"] == "/srv/made", "a program in a place for data"


def test_ignored_class(small):
    small.seal("--policy", write_policy(small, "ignored /srv", "include default"))
    make_file(small.root / "srv/deep/er", "x")
    (small.root / "srv/data").unlink()
    document = small.verify(status=PASS)
    assert document["findings"] == []
    assert "/srv" in document["coverage"]["ignored"], "a hole must be visible"


def test_first_rule_wins(small):
    policy = write_policy(small, "fixed /srv/data", "mutable /srv/**", "include default")
    small.seal("--policy", policy)
    (small.root / "srv/data").write_text("other\n")
    assert only(small.verify())["path"] == "/srv/data"


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc) +
            datetime.timedelta(days=offset)).strftime("%Y-%m-%d")


def test_waiver(small):
    waiver = f"waive cron.* /etc/cron.d/* owner=platform until={day(30)} reason=The nightly job"
    small.seal("--policy", write_policy(small, waiver, "include default"))
    make_file(small.root / "etc/cron.d/nightly", "1 1 * * * root true\n")
    document = small.verify(status=PASS)
    waived = only(document)["waived"]
    assert "platform" in waived and "The nightly job" in waived and day(30) in waived
    make_file(small.root / "etc/sudoers.d/x", "x", 0o440)
    document = small.verify(status=FINDINGS)
    assert sorted((f["code"], f["waived"] is not None) for f in document["findings"]) == [
        ("cron.unexpected", True), ("sudo.unexpected", False)]


def test_expired_waiver_waives_nothing(small):
    waiver = f"waive cron.* /etc/cron.d/* owner=platform until={day(-1)} reason=Long ago"
    small.seal("--policy", write_policy(small, waiver, "include default"))
    make_file(small.root / "etc/cron.d/nightly", "1 1 * * * root true\n")
    findings = {f["code"]: f for f in small.verify(status=FINDINGS)["findings"]}
    assert set(findings) == {"cron.unexpected", "waiver.expired"}
    assert findings["cron.unexpected"]["waived"] is None


def test_waiver_is_for_its_path_alone(small):
    waiver = f"waive cron.* /etc/cron.d/a owner=platform until={day(30)} reason=One job"
    small.seal("--policy", write_policy(small, waiver, "include default"))
    make_file(small.root / "etc/cron.d/b", "1 1 * * * root true\n")
    assert only(small.verify(status=FINDINGS))["waived"] is None


def test_phases(small):
    """Content that was sealed in a generated file may be made anew by first boot, not before it."""
    small.seal("--policy", write_policy(small, "generated /srv/data", "include default"))
    (small.root / "srv/data").write_text("made by first boot\n")
    assert only(small.verify("--phase", "image"))["path"] == "/srv/data"
    assert small.verify("--phase", "boot", status=PASS)["findings"] == []
    agent("verify", *small.arguments(), "--phase", "later").expect(USAGE)


def test_text_report(sealed):
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root /bin/job\n")
    result = agent("verify", *sealed.arguments()).expect(FINDINGS)
    for word in ("FAIL", "small 7", "cron.unexpected", "/etc/cron.d/job", "T1053.003",
                 "what to do", "left out", "/proc"):
        assert word in result.out
    assert result.err == ""


def test_quiet(sealed):
    clean = agent("verify", *sealed.arguments(), "--quiet").expect(PASS)
    assert (clean.out, clean.err) == ("", "")
    make_file(sealed.root / "srv/new", "x")
    assert agent("verify", *sealed.arguments(), "--quiet").expect(FINDINGS).out != ""


def test_manifest_in_the_root_is_found(tmp_path, keys):
    image = Image(make_small_root(tmp_path / "root"), keys)
    agent("seal", "--root", image.root, "--key", image.key, "--quiet").expect(PASS)
    assert (image.root / "usr/lib/goldseal/manifest.json").is_file()
    result = agent("verify", "--root", image.root, "--trust", image.pub, "--config", image.config,
                   "--format", "json").expect(PASS)
    assert check_result(result.json)["findings"] == []


def test_trust_directory(sealed, tmp_path):
    anchors = tmp_path / "trust.d"
    anchors.mkdir()
    (anchors / "golden.pem").write_bytes(sealed.pub.read_bytes())
    image = Image(sealed.root, (sealed.key, anchors), sealed.out)
    assert image.verify(status=PASS)["findings"] == []
