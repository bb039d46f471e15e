# SPDX-License-Identifier: Apache-2.0
"""What must be found between two states of a tree, by the words of docs/formats.md and of the
default policy, and by nothing of the program's own."""

import dataclasses
import hashlib
import os
import re
import stat

XATTRS = {
    "security.capability": "capabilities",
    "system.posix_acl_access": "ACL",
    "system.posix_acl_default": "ACL",
}


@dataclasses.dataclass(frozen=True)
class Seen:
    type: int
    mode: int
    uid: int
    gid: int
    content: bytes
    link: str
    device: int
    xattrs: tuple


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule of the default policy, written out by hand."""
    path: str
    name: str
    optional: bool = False
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None


FIXED = Rule(".*", "fixed")
RULES = [
    Rule("/(proc|sys|dev|run)", "ignored"),
    Rule("/var/lib/goldseal", "ignored", True),
    Rule("/tmp/[.]X11-unix", "generated", True, 0o1777, 0, 0),
    Rule("/lost[+]found", "generated", True, 0o700, 0, 0),
    Rule("/etc/machine-id", "mutable", True, 0o444, 0, 0),
    Rule("/var/lib/systemd/random-seed", "mutable", True, 0o600, 0, 0),
    Rule("/etc/ssh/ssh_host_[^/]*_key", "generated", True, 0o600, 0, 0),
    Rule("/etc/ssh/ssh_host_[^/]*_key[.]pub", "generated", True, 0o644, 0, 0),
    Rule("/etc/[.]pwd[.]lock", "generated", True, 0o600, 0, 0),
    Rule("/var/log/wtmp", "append", True, 0o664, 0),
    Rule("/var/log/dpkg[.]log", "append", True, 0o644, 0, 0),
    Rule("/var/log/lastlog", "mutable", True, 0o664, 0),
    Rule("/var/cache/debconf/config[.]dat", "mutable"),
    Rule("/var/lib/chrony/chrony[.]drift", "generated", True, 0o644),
    Rule("/var/lib/logrotate/status", "generated", True, None, 0, 0),
]


def rule_of(path):
    return next((r for r in RULES if re.fullmatch(r.path, path, re.DOTALL)), FIXED)


def get_xattrs(path):
    found = []
    for name in XATTRS:
        try:
            found.append((name, os.getxattr(path, name, follow_symlinks=False)))
        except OSError:
            continue  # it has none, or its filesystem knows none
    return tuple(found)


def look(path):
    st = os.lstat(path)
    kind = stat.S_IFMT(st.st_mode)
    content = b""
    if kind == stat.S_IFREG:
        with open(path, "rb") as file:
            content = file.read()
    return Seen(
        kind, 0 if kind == stat.S_IFLNK else stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid,
        content, os.readlink(path) if kind == stat.S_IFLNK else "",
        st.st_rdev if kind in (stat.S_IFCHR, stat.S_IFBLK) else 0, get_xattrs(path))


def snapshot(root):
    """Every entry by its path inside the root, but nothing below what is ignored."""
    found = {"/": look(root)}
    waiting = ["/"]
    while waiting:
        directory = waiting.pop()
        for name in os.listdir(f"{root}{directory}"):
            path = os.path.join(directory, name)
            found[path] = look(f"{root}{path}")
            if found[path].type == stat.S_IFDIR and rule_of(path).name != "ignored":
                waiting.append(path)
    return found


def differing_xattrs(before, after):
    old, new = dict(before.xattrs), dict(after.xattrs)
    return {title for name, title in XATTRS.items() if old.get(name) != new.get(name)}


def changed_content(rule, before, after):
    """Content, and what stands for it in a link or a node. Only a file can be written or grow, so
    nodes differ in every class, and links in all but mutable, of which the content may change."""
    differ = set()
    if before.device != after.device:
        differ.add("device numbers")
    if before.link != after.link and rule.name != "mutable":
        differ.add("link target")
    if rule.name == "append" and not after.content.startswith(before.content):
        differ.add("sealed beginning")
    if rule.name not in ("fixed", "generated"):
        return differ
    if hashlib.sha256(before.content).digest() != hashlib.sha256(after.content).digest():
        differ.add("content")
    if len(before.content) != len(after.content):
        differ.add("size")
    return differ


def changed_attributes(rule, before, after):
    """The words of a title for what differs in an entry of a class."""
    if before.type != after.type:
        return {"type"}
    # Of what is ignored and no directory, the type alone counts.
    if rule.name == "ignored" and after.type != stat.S_IFDIR:
        return set()
    differ = {title for title, name in (("mode", "mode"), ("owner", "uid"), ("group", "gid"))
              if getattr(before, name) != getattr(after, name)}
    differ |= differing_xattrs(before, after)
    return differ if rule.name == "ignored" else differ | changed_content(rule, before, after)


def may_appear(rule, seen):
    """A data file or a directory, with the mode and owner that its rule states."""
    if rule.name == "ignored":
        return True
    if rule.name == "fixed" or not rule.optional:
        return False
    if seen.type not in (stat.S_IFREG, stat.S_IFDIR):
        return False
    if seen.type == stat.S_IFREG and seen.mode & 0o6111:
        return False
    return all(stated is None or stated == actual for stated, actual in (
        (rule.mode, seen.mode), (rule.uid, seen.uid), (rule.gid, seen.gid)))


def differences(before, after):
    """{path: (kind, attributes that differ)} of what must be told."""
    told = {}
    for path in before.keys() | after.keys():
        rule = rule_of(path)
        if path not in after:
            if not rule.optional:
                told[path] = ("missing", set())
        elif path not in before:
            if not may_appear(rule, after[path]):
                told[path] = ("unexpected", set())
        else:
            attributes = changed_attributes(rule, before[path], after[path])
            if attributes:
                told[path] = ("changed", attributes)
    return told
