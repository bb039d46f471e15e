# SPDX-License-Identifier: Apache-2.0
"""Talking to a collector in ways that no client library would."""

import socket
import ssl
import time

import requests

CLIENTS = 16
HOST = b"Host: localhost\r\n"
LENGTH = b"Content-Length: 2\r\n"


def tls(collector):
    context = ssl.create_default_context(cafile=collector.ca)
    plain = socket.create_connection(("127.0.0.1", collector.port), timeout=30)
    return context.wrap_socket(plain, server_hostname="localhost")


def raw(collector, data):
    """Sends bytes; returns all that comes back until the other side closes or says no more."""
    with tls(collector) as connection:
        connection.settimeout(5)
        connection.sendall(data)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
                head, found, body = answer.partition(b"\r\n\r\n")
                if found and b"content-length: %d\r\n" % len(body) in head.lower() + b"\r\n":
                    break
        except (TimeoutError, ssl.SSLError, ConnectionError):
            pass
    return answer


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def all_evidence(collector, instances):
    """The ids of the stored reports of every instance."""
    found = set()
    for item in instances:
        detail = collector.get(f"/v1/instances/{item['uid']}").json()
        found |= {entry["id"] for entry in detail["history"]}
    return found


def all_items(collector, path, **filters):
    items, cursor = [], None
    with collector.session(collector.token) as session:
        while True:
            query = dict(filters, **({"cursor": cursor} if cursor else {}))
            answer = session.get(collector.url + path, params=query, timeout=30)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            cursor = answer.json()["next"]
            if cursor is None:
                return items


def is_served(collector):
    try:
        return collector.get("/healthz").status_code == 200
    except requests.ConnectionError:
        return False


def refuses(collector, *arguments, says):
    done = collector.run("serve", *arguments)
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert says in done.stderr
    return done.stderr
