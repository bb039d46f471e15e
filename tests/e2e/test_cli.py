# SPDX-License-Identifier: Apache-2.0
"""The command line as a contract: help, man page, mistakes, colour, and hostile names."""

import os
import pty
import re
import subprocess

import pytest
from roots import (AGENT, FINDINGS, PASS, SOURCE, USAGE, Image, agent, environment,  # noqa: F401
                   keys, make_file, make_small_root, sealed, small)

VERBS = ("keygen", "seal", "verify", "audit", "attest", "deliver", "report", "explain", "checks", "diff")
OPTION = re.compile(r"^ +(?:-([A-Za-z]), )?--([a-z-]+)(?:=([A-Z]+))?", re.M)
MAN_OPTION = re.compile(r"^(?:\*-([A-Za-z])\*, )?\*--([a-z-]+)\*(?:=_([A-Z]+)_)?$", re.M)


def help_of(*arguments):
    result = agent(*arguments, "--help").expect(PASS)
    assert result.err == ""
    return result.out


@pytest.mark.parametrize("verb", ("", *VERBS))
def test_help(verb):
    text = help_of(*verb.split())
    lines = text.split("\n")
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert not [line for line in lines if re.match(" [^ ]", line)], "a wrapped line is indented"
    assert lines[0].startswith(f"Usage: goldseal {verb or 'VERB'}")
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert text == agent(*verb.split(), "-h").expect(PASS).out


def test_help_names_every_verb():
    verbs = re.search(r"^Verbs:\n((?:  .*\n)+)", help_of(), re.M).group(1)
    assert tuple(re.findall(r"^  ([a-z]+) ", verbs, re.M)) == VERBS


def test_version():
    result = agent("--version").expect(PASS)
    assert re.fullmatch(r"goldseal \d+\.\d+\.\d+\n", result.out)
    assert result.err == ""
    assert agent("-V").expect(PASS).out == result.out


def test_help_and_man_page_agree():
    """Letter, name and argument of every option, both ways."""
    shown = set()
    for verb in VERBS:
        shown |= set(OPTION.findall(help_of(verb)))
    page = (SOURCE / "docs/man/goldseal.1.scd").read_text()
    section = page[page.index("\n# OPTIONS"):page.index("\n# EXIT STATUS")]
    documented = set(MAN_OPTION.findall(section))
    assert documented == shown


def test_every_option_is_taken():
    """An option of the help is not a usage error, one that is not there is."""
    everything = {name: argument for verb in VERBS
                  for _, name, argument in OPTION.findall(help_of(verb))}
    for verb in VERBS:
        taken = {name for _, name, _ in OPTION.findall(help_of(verb))}
        for name, argument in everything.items():
            words = [f"--{name}=x"] if argument else [f"--{name}"]
            result = agent(verb, *words, "--help").expect(PASS)
            if name in taken or name in ("help", "version"):
                continue
            result = agent(verb, *words).expect(USAGE)
            assert f"--{name}" in result.err, result.err


@pytest.mark.parametrize("arguments, word", (
    ([], "verb"),
    (["frobnicate"], "frobnicate"),
    (["verify", "--colour"], "--colour"),
    (["verify", "-Z"], "-Z"),
    (["verify", "--root"], "--root"),
    (["verify", "--quiet=yes"], "--quiet"),
    (["verify", "stray"], "stray"),
    (["verify", "--format", "xml"], "xml"),
    (["verify", "--phase", "never"], "never"),
    (["seal"], "--key"),
    (["keygen"], "--out"),
    (["keygen", "--out", "/nowhere/x", "--algorithm", "rsa"], "rsa"),
    (["attest"], "--phase"),
    (["diff"], "diff"),
    (["diff", "one"], "diff"),
    (["diff", "one", "two", "three"], "diff"),
    (["explain", "a", "b"], "explain"),
    (["report", "--phase", "later"], "later"),
), ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_usage_errors(arguments, word):
    result = agent(*arguments).expect(USAGE)
    assert result.out == ""
    assert word in result.err
    assert result.err.startswith("goldseal: ")
    assert len(result.err.splitlines()) <= 3


def test_unknown_code_is_told():
    result = agent("explain", "no.such-code")
    assert result.status in (USAGE, 3) and "no.such-code" in result.err


def test_every_code_is_explained():
    listing = agent("explain", "--format", "json").expect(PASS).json
    codes = [entry["code"] for entry in listing]
    assert len(codes) > 50 and len(codes) == len(set(codes))
    kinds = [code.split(".")[0] for code in codes]
    assert kinds == sorted(kinds)
    text = agent("explain").expect(PASS).out
    for code in codes:
        assert code in text
    for code in codes[::7]:
        one = agent("explain", code).expect(PASS).out
        assert code in one and "\033" not in one


def on_terminal(arguments, **env):
    """What the program writes when standard output and error are a terminal."""
    leader, follower = pty.openpty()
    done = subprocess.Popen([AGENT, *arguments], stdin=subprocess.DEVNULL, stdout=follower,
                            stderr=follower, env=environment(**env))
    os.close(follower)
    output = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # EIO: the other side is closed
            break
        if not chunk:
            break
        output += chunk
    os.close(leader)
    return done.wait(30), output


def test_colour(sealed):
    make_file(sealed.root / "etc/cron.d/job", "* * * * * root true\n")
    words = ["verify", *sealed.arguments()]
    status, output = on_terminal(words, TERM="xterm-256color")
    assert status == FINDINGS
    assert b"\033[1;31mFAIL\033[0m" in output
    for changes in ({"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}):
        status, output = on_terminal(words, **changes)
        assert status == FINDINGS and b"FAIL" in output
        assert b"\033" not in output
    result = agent(*words, env=environment(TERM="xterm")).expect(FINDINGS)
    assert b"\033" not in result.stdout + result.stderr
    status, output = on_terminal([*words, "--format", "json"], TERM="xterm")
    assert b"\033" not in output


def test_coloured_error():
    words = ["verify", "--root", "/nowhere", "--trust", "/nowhere", "--config", "/nowhere"]
    assert b"\033[" in on_terminal(words, TERM="xterm")[1]
    assert b"\033" not in on_terminal(words, TERM="xterm", NO_COLOR="1")[1]
    assert b"\033" not in agent(*words, env=environment(TERM="xterm")).stderr


HOSTILE = (
    b"\x1b]0;owned\x07\x1b[2J",
    b"\x9b31m",
    b"line\nPASS  fake 1: no findings",
    b"carriage\rPASS",
    b"\xe2\x80\xaetxt.exe",
    b"\xc2\x9b31m",
    b"\x08\x08\x08hidden",
    b"\xff\xfe",
)


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_hostile_file_names(sealed, name):
    """In a path, in the words of a planted unit, and in a link: nothing reaches the terminal."""
    base = os.fsencode(sealed.root / "srv")
    with open(os.path.join(base, name), "wb"):
        pass
    os.symlink(b"/tmp/" + name, os.path.join(base, b"link"))
    make_file(sealed.root / "etc/systemd/system/x.service",
              b"[Service]\nExecStart=/bin/" + name.replace(b"\n", b" ") + b"\n")
    for words in (["verify"], ["verify", "--format", "json"]):
        status, output = on_terminal([*words, *sealed.arguments()], TERM="dumb")
        assert status == FINDINGS
        text = output.replace(b"\r\n", b"\n").decode("utf-8")
        controls = [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160
                    or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069]
        assert controls == []
        assert not any(line.startswith("PASS") for line in text.split("\n"))


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_hostile_arguments(name):
    """Paths and words from a script may come from anywhere, too."""
    for words in ([b"verify", b"--root", b"/nowhere/" + name, b"--trust", b"/nowhere/" + name],
                  [name], [b"verify", b"--format", name], [b"verify", b"--" + name],
                  [b"explain", name], [b"report", b"--config", name],
                  [b"diff", name, name, b"--trust", name]):
        _, output = on_terminal(words, TERM="dumb")
        text = output.replace(b"\r\n", b"\n")
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae", text), text


def test_hostile_image_name(small):
    (small.root / "usr/lib/os-release").write_bytes(
        b'IMAGE_ID="\x1b[2Jx"\nIMAGE_VERSION=1\nID=deb\n')
    small.seal("--quiet")
    assert small.predicate["image"]["name"] == "deb"
    small.seal("--quiet", "--image-name", "\x1b[2Jx")
    _, output = on_terminal(["verify", *small.arguments()], TERM="dumb")
    assert b"\x1b" not in output
