# SPDX-License-Identifier: Apache-2.0
"""Content rules and secrets through the whole program. Secrets are made here, never kept."""

import json
import random
import string
import subprocess

import pytest

TOKEN_LETTERS = string.ascii_letters + string.digits


@pytest.fixture(name="trial")
def sealed_root(tmp_path, build_dir):
    return Trial(tmp_path, build_dir / "goldseal")


class Trial:
    def __init__(self, path, program):
        self.path, self.program = path, program
        self.root = path / "root"
        (self.root / "etc").mkdir(parents=True)
        (self.root / "etc/hostname").write_text("h\n")
        self.config = path / "goldseal.conf"
        self.rules = path / "rules.d"
        self.rules.mkdir()
        self.config.write_text(f"[agent]\nrules = {self.rules}\n")
        self.run("keygen", "--out", path / "k")
        self.run("seal", "--root", self.root, "--key", path / "k.key", "--out", path / "m",
                 "--image-name", "i", "--image-version", "1")

    def run(self, *arguments, expected=0):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == expected, done.stderr
        return done.stdout

    def verify(self, expected=1):
        out = self.run("--config", self.config, "verify", "--root", self.root, "--manifest",
                       self.path / "m", "--trust", self.path / "k.pub", "--format", "json",
                       expected=expected)
        return out, json.loads(out)


def random_text(count):
    return "".join(random.choice(TOKEN_LETTERS) for _ in range(count))


def test_clean_root_runs_the_checks(trial):
    _, report = trial.verify(expected=0)
    assert report["coverage"]["checks"]["miners"] == "ran"
    assert report["coverage"]["checks"]["secrets"] == "ran"


def test_secret_is_named_and_not_shown(trial):
    token = "ghp_" + random_text(36)
    (trial.root / "notes").write_text(f"one\n{token}\n")
    shown, report = trial.verify()
    (finding,) = report["findings"]
    assert finding["code"] == "secret.token"
    assert finding["path"] == "/notes"
    assert finding["actual"].startswith("line 2: a GitHub token (sha256 ")
    assert token not in shown and token[4:20] not in shown


def test_miner_and_what_starts_it(trial):
    directory = trial.root / "opt/x"
    directory.mkdir(parents=True)
    (directory / "run.sh").write_text("#!/bin/sh\n./x -o stratum+tcp://h.invalid:4444 -u w\n")
    _, report = trial.verify()
    codes = {finding["path"]: finding["code"] for finding in report["findings"]}
    assert codes["/opt/x/run.sh"] == "miner.pool"
    assert len(codes) == 1


def test_users_rule_and_a_broken_one(trial):
    (trial.rules / "good.yar").write_text(
        'rule house { meta: description = "our word" severity = "critical"\n'
        ' strings: $a = "a word that nobody says" condition: $a }\n')
    (trial.rules / "broken.yar").write_text("rule x {\n condition:\n  unheard_of\n}\n")
    (trial.root / "file").write_text("a word that nobody says\n")
    _, report = trial.verify()
    by_code = {finding["code"]: finding for finding in report["findings"]}
    assert by_code["file.rule"]["severity"] == "critical"
    assert by_code["file.rule"]["title"] == "file holds our word"
    assert f"{trial.rules}/broken.yar is not used: line 3: " in by_code["coverage.rules"]["title"]


def test_check_can_be_turned_off(tmp_path, build_dir):
    policy = tmp_path / "policy"
    policy.write_text("check secrets off\n")
    trial = Trial(tmp_path, build_dir / "goldseal")
    trial.run("seal", "--root", trial.root, "--key", tmp_path / "k.key", "--out", tmp_path / "m",
              "--image-name", "i", "--image-version", "1", "--policy", policy)
    (trial.root / "notes").write_text(f"ghp_{random_text(36)}\n")
    _, report = trial.verify()
    assert [finding["code"] for finding in report["findings"]] == ["secret.unexpected"]
    assert report["coverage"]["checks"]["secrets"] == "off"
