# SPDX-License-Identifier: Apache-2.0
"""A collector that must not start, and says why."""

import socket
import stat
import subprocess

import goldseal_py as gs
import pytest
import requests
from collector_calls import refuses


def test_data_directory_is_private(stopped_collector):
    data = stopped_collector.data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for name in ("collector.db", "nonce.key", "tls.key"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    again = stopped_collector.run("init")
    assert again.returncode == 3 and "nothing was changed" in again.stderr
    assert again.stdout == ""


def test_second_serve(collector):
    refuses(collector, "--listen", "127.0.0.1:0", says="another goldseal-collector serves")


def test_missing_data(stopped_collector, tmp_path):
    stopped_collector.data = tmp_path / "nothing"
    refuses(stopped_collector, says="init")


def test_missing_database(stopped_collector):
    (stopped_collector.data / "collector.db").unlink()
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="restore it from a backup")


@pytest.mark.parametrize("damage", ["text", "empty", "header", "middle"])
def test_corrupt_database(stopped_collector, damage):
    path = stopped_collector.data / "collector.db"
    data = bytearray(path.read_bytes())
    if damage == "text":
        data = b"this is no database\n" * 100
    elif damage == "empty":
        data = b""
    elif damage == "header":
        data[:100] = bytes(100)
    else:
        data[16384 : 16384 * 4] = b"\xff" * (16384 * 3)
    path.write_bytes(data)
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="collector.db")


def test_newer_schema(stopped_collector):
    import sqlite3

    with sqlite3.connect(stopped_collector.data / "collector.db") as db:
        db.execute("PRAGMA user_version = 99")
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="newer")


def test_plain_http_needs_loopback(stopped_collector):
    refuses(stopped_collector, "--no-tls", "--listen", "0.0.0.0:0", says="--no-tls is for loopback")
    collector = stopped_collector.start("--no-tls")
    assert collector.url.startswith("http://")
    assert requests.get(collector.url + "/healthz", timeout=30).status_code == 200


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    "kind, says",
    [
        (["-newkey", "rsa:2048"], "RSA"),
        (["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"], "P-256 only"),
        (["-newkey", "ed25519"], "P-256 only"),
    ],
)
def test_only_p256_certificates(stopped_collector, kind, says):
    data = stopped_collector.data
    openssl(
        "req", "-x509", *kind, "-nodes", "-subj", "/CN=x", "-keyout", str(data / "tls.key"),
        "-out", str(data / "tls.crt"),
    )  # fmt: skip
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says=says)


def test_certificate_and_key_must_match(stopped_collector):
    data = stopped_collector.data
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
            str(data / "tls.key"))  # fmt: skip
    refuses(stopped_collector, "--listen", "127.0.0.1:0", says="not that of the certificate")


@pytest.mark.parametrize(
    "listen", ["nowhere", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:80", "unix:x", ":1"]
)
def test_listen_addresses(stopped_collector, listen):
    refuses(stopped_collector, "--listen", listen, says="expected")


def test_port_in_use(stopped_collector):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refuses(
            stopped_collector,
            "--listen",
            f"127.0.0.1:{taken.getsockname()[1]}",
            says="cannot listen",
        )


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["token", "add"],
        ["token", "add", "--name", "x"],
        ["token", "add", "--name", "x", "--role", "king"],
        ["token", "add", "--name", "x y", "--role", "viewer"],
        ["token", "lose"],
        ["trust", "add"],
        ["trust"],
        ["serve", "--enrol", "no", "--data", "x"],
        ["serve", "--deadline", "x", "--data", "x"],
        ["nothing"],
        [],
    ],
)
def test_usage(build_dir, arguments):
    needs_data = arguments[:1] == ["token"] or arguments[:1] == ["trust"]
    done = subprocess.run(
        [str(build_dir / "goldseal-collector"), *arguments, *(["--data", "/nowhere"] * needs_data)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == "" and done.stderr


def test_trust_verb(stopped_collector, tmp_path):
    key = gs.Key()
    path = tmp_path / "signer.pub"
    path.write_text(key.pem)
    assert stopped_collector.run("trust", "list").stdout == ""
    assert stopped_collector.run("trust", "add", str(path)).stdout.strip() == key.id
    assert stopped_collector.run("trust", "list").stdout.strip() == key.id
    again = stopped_collector.run("trust", "add", str(path))
    assert again.returncode == 3 and "already" in again.stderr
    path.write_text("no key")
    assert stopped_collector.run("trust", "add", str(path)).returncode == 3
    assert stopped_collector.start().publish(gs.Manifest(key)).status_code == 201
