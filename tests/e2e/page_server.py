# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the collector: the built page under the collector's exact policy, and a fleet with
hostile names in it. Run by itself, it serves that fleet for a look: page_server.py BUILD [PORT]."""

import base64
import copy
import datetime
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "dashboard"
TOKEN = "gs_page-test-token_0123456789"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

IMG = "<img src=x onerror=\"window.pwned=1\">"
SCRIPT = "\"'></td><script>window.pwned=1</script>"
CONTROL = "/tmp/line1\nline2\r\t\x00\x1b[31mred\x7f"
OVERRIDE = "/home/\u202egpj.tset\u202c/\u2066x\u200b\ufeff"
LONG = "/" + "a" * 3999
HOSTILE = [IMG, SCRIPT, CONTROL, OVERRIDE, LONG]
HOSTILE_UID = "f" * 32
VERDICTS = ("none", "pass", "warn", "fail")


def hexes(text, size=64):
    return hashlib.sha256(text.encode()).hexdigest()[:size]


def uuid(text):
    h = hexes(text, 32)
    return f"0193{h[4:8]}-{h[8:12]}-7{h[13:16]}-8{h[17:20]}-{h[20:32]}"


def when(now, minutes):
    moment = now - datetime.timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Signer:
    """An instance's key, and DSSE envelopes signed with it by OpenSSL."""

    def __init__(self, directory):
        self.key = Path(directory) / "instance.key"
        self.public = Path(directory) / "instance.pub"
        run = lambda *args, **more: subprocess.run(  # noqa: E731
            ["openssl", *args], check=True, capture_output=True, **more
        ).stdout
        run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
            str(self.key))
        run("pkey", "-in", str(self.key), "-pubout", "-out", str(self.public))
        der = run("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")
        self.key_id = hashlib.sha256(der).hexdigest()
        self.run = run

    def envelope(self, kind, payload):
        body = json.dumps(payload).encode()
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(body), body)
        signature = self.run("dgst", "-sha256", "-sign", str(self.key), input=pae)
        return {
            "payloadType": kind,
            "payload": base64.b64encode(body).decode(),
            "signatures": [
                {"keyid": self.key_id, "sig": base64.b64encode(signature).decode()}
            ],
        }


FINDINGS = [
    ("service.unexpected", "critical", "/etc/systemd/system/kworkerd.service",
     "Unit kworkerd.service is not in the manifest and is enabled", "absent",
     "ExecStart=/usr/local/bin/kworkerd -o pool.example:3333", ["T1543.002", "T1496"],
     ["/etc/systemd/system/multi-user.target.wants/kworkerd.service", "/usr/local/bin/kworkerd"],
     "A service that the image was not sealed with starts by itself.",
     "Isolate the instance, keep its disk, and launch a new one from the sealed image."),
    ("keys.unexplained", "high", "/root/.ssh/authorized_keys",
     "An SSH key that neither the manifest nor the metadata service explains", "absent",
     "ssh-ed25519 SHA256:Yw5j0b7h0yKx root@build", ["T1098.004"], [],
     "Somebody can log in who was not announced.",
     "Remove the key, and find out who put it in."),
    ("tree.changed", "high", "/usr/sbin/sshd", "Program /usr/sbin/sshd is not what was sealed",
     "sha256 4f0e8c9d…", "sha256 b1946ac9…", ["T1554"], [],
     "The content of a fixed file differs from the manifest.",
     "Compare it with the package, and replace the instance."),
    ("tree.mode", "medium", "/usr/bin/find", "Setuid was added to /usr/bin/find", "mode 0755",
     "mode 4755", ["T1548.001"], [], "Anybody on the instance becomes root with it.",
     "Take the bit away, and look for what set it."),
    ("coverage.unreadable", "low", "/var/lib/private", "A directory could not be read", None,
     "EACCES", [], [], "What is in it was not examined.", "Run the agent as root."),
]


def finding(row, package=None, waived=None):
    code, severity, path, title, expected, actual, attack, related, summary, remedy = row
    return {
        "code": code, "severity": severity, "path": path, "title": title, "expected": expected,
        "actual": actual, "attack": attack, "package": package, "waived": waived,
        "related": related, "summary": summary, "remedy": remedy,
    }


def image_names(image):
    return (image["name"], image["name"] + "/" + image["version"])


def hostile_findings():
    rows = []
    for text in HOSTILE:
        row = ("service.unexpected", "critical", text, text, text, text,
               ["T1543.002", "javascript:window.pwned=1"], [text] * 7, text, text)
        rows.append(finding(row, package=text, waived=text))
    return rows


class Fleet:
    """Everything that the interface answers."""

    def __init__(self, signer, instances=137, seed=17):
        self.signer = signer
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.random = random.Random(seed)
        self.images = self.make_images()
        self.instances = [self.make_instance(n) for n in range(instances)]
        self.instances.append(self.make_hostile())
        self.instances.sort(key=lambda i: i["last_seen"], reverse=True)
        self.count_images()

    def make_images(self):
        names = [("debian-12-base", "20261120.1"), ("debian-12-base", "20261103.2"),
                 ("web-frontend", "4.18.0"), ("postgres-15", "2026.11"), ("ci-runner", "311"),
                 ("bastion", "1.9.2")]
        rows = []
        for n, (name, version) in enumerate(names):
            rows.append({
                "manifest": hexes(name + version), "name": name, "version": version,
                "serial": uuid(name + version), "signer": hexes("signer%d" % (n % 2)),
                "built_at": when(self.now, 1440 * (n * 9 + 3)),
                "expires_at": (None, when(self.now, -1440 * 80), when(self.now, 1440))[n % 3],
                "published_at": when(self.now, 1440 * (n * 9 + 2)),
                "revoked_at": when(self.now, 300) if n == 4 else None,
                "entries": 34512 + 811 * n, "instances": 0, "verdicts": {},
            })
        rows.append({**rows[0], "manifest": hexes("hostile"), "name": IMG, "version": OVERRIDE})
        return rows

    def make_instance(self, n):
        image = self.random.choices(self.images[:6], weights=[50, 20, 40, 10, 12, 5])[0]
        verdict = self.random.choices(VERDICTS, weights=[2, 82, 10, 6])[0]
        number = {"none": 0, "pass": 0, "warn": 1, "fail": self.random.randint(1, 4)}[verdict]
        rows = FINDINGS[3:4] if verdict == "warn" else FINDINGS[:number]
        seen = n * n * 3 + self.random.randint(0, 50)
        reasons = {
            "fail": [{"stage": "findings", "code": "findings.critical",
                      "text": "The evidence holds %d findings that fail" % number}],
            "warn": [{"stage": "findings", "code": "findings.medium",
                      "text": "1 finding needs a look"}],
        }.get(verdict, [])
        return {
            "uid": hexes("uid%d" % n, 32), "id": "i-0" + hexes("id%d" % n, 16),
            "key_id": self.signer.key_id, "verdict": verdict, "tier": "T%d" % (n % 3),
            "phase": "boot" if n % 3 else "image", "cloud": "aws", "region": "eu-central-1",
            "image_id": "ami-0" + hexes(image["name"], 16),
            "image": {"name": image["name"], "version": image["version"]},
            "manifest": image["manifest"], "findings": len(rows),
            "first_seen": when(self.now, seen + 900), "last_seen": when(self.now, seen),
            "evidence": uuid("evidence%d" % n), "reasons": reasons,
            "findings_list": [finding(row) for row in rows], "incidents": [],
        }

    def make_hostile(self):
        row = self.make_instance(9999)
        row.update(
            uid=HOSTILE_UID, id=IMG, verdict="fail", phase=SCRIPT, cloud=CONTROL, region=OVERRIDE,
            image_id=LONG, image={"name": IMG, "version": OVERRIDE}, last_seen=when(self.now, 1),
            first_seen=when(self.now, 90), findings_list=hostile_findings(), findings=5,
            reasons=[{"stage": IMG, "code": SCRIPT, "text": text} for text in HOSTILE],
            incidents=[{"code": "instance.collision", "text": text, "count": 3,
                        "first": when(self.now, 70), "last": when(self.now, 2)}
                       for text in (IMG, OVERRIDE, "A second key reported under this id")],
        )
        return row

    def count_images(self):
        for image in self.images:
            mine = [i for i in self.instances if i["image"]["name"] == image["name"]
                    and i["image"]["version"] == image["version"]]
            image["instances"] = len(mine)
            image["verdicts"] = {v: sum(i["verdict"] == v for i in mine) for v in VERDICTS}

    def summary(self):
        found = [f for i in self.instances for f in i["findings_list"]]
        return {
            "instances": len(self.instances),
            "verdicts": {v: sum(i["verdict"] == v for i in self.instances) for v in VERDICTS},
            "images": len(self.images),
            "findings": {s: sum(f["severity"] == s for f in found)
                         for s in ("critical", "high", "medium", "low", "info")},
            "evidence": len(self.instances) * 3, "since": when(self.now, 90000),
            "last_evidence": when(self.now, 1),
        }

    def list_instances(self, query):
        rows = [i for i in self.instances
                if query.get("verdict", i["verdict"]) == i["verdict"]
                and query.get("image", i["image"]["name"]) in image_names(i["image"])
                and query.get("q", "") in i["id"]]
        return [{k: v for k, v in i.items() if k not in ("findings_list", "incidents")}
                for i in rows]

    def list_findings(self, query):
        rows = [{**f, "uid": i["uid"], "instance": i["id"], "evidence": i["evidence"]}
                for i in self.instances for f in i["findings_list"]]
        return [f for f in rows
                if query.get("severity", f["severity"]) == f["severity"]
                and query.get("code", f["code"]) == f["code"]
                and query.get("instance", f["uid"]) in (f["uid"], f["instance"])]

    def instance(self, uid):
        row = next((i for i in self.instances if i["uid"] == uid), None)
        if row is None:
            return None
        row = copy.deepcopy(row)
        row["coverage"] = {
            "entries": 34512, "bytes": 1288490188, "unreadable": 2,
            "ignored": ["/var/cache/**", IMG],
            "checks": {"services": "ran", "keys": "ran", "miners": "no /proc: " + SCRIPT},
        }
        row["history"] = [
            {"id": row["evidence"] if n == 0 else uuid(uid + str(n)),
             "phase": "boot" if n % 2 == 0 else "image", "verdict": row["verdict"],
             "received_at": when(self.now, 7 + n * 700), "findings": row["findings"]}
            for n in range(4)
        ]
        return row

    def evidence(self, ident):
        row = next((i for i in self.instances if i["evidence"] == ident), self.instances[0])
        statement = {"_type": "https://in-toto.io/Statement/v1", "predicate": {"id": ident},
                     "subject": [{"name": row["id"]}]}
        proof = self.signer.envelope("application/vnd.goldseal.proof+json", {"nonce": "n"})
        return {
            "id": ident, "uid": row["uid"], "phase": row["phase"], "verdict": row["verdict"],
            "tier": row["tier"], "reasons": row["reasons"], "received_at": row["last_seen"],
            "envelope": self.signer.envelope("application/vnd.in-toto+json", statement),
            "proof": proof,
        }


def page(rows, query):
    start, limit = int(query.get("cursor", "0")), int(query.get("limit", "50"))
    more = start + limit < len(rows)
    return {"items": rows[start:start + limit], "next": str(start + limit) if more else None}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def send(self, status, kind, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, title, headers=()):
        body = json.dumps({"type": "about:blank", "title": title, "status": status,
                           "detail": "Told by the test server."}).encode()
        self.send(status, "application/problem+json", body, headers)

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        self.server.requests.append((self.path, dict(self.headers)))
        if address.path.startswith("/v1/"):
            self.answer(address.path[len("/v1/"):], query)
        else:
            self.asset(address.path)

    def answer(self, path, query):
        server = self.server
        if server.failure:
            self.problem(server.failure, "Not now", [("Retry-After", "1")])
            return
        if server.token and self.headers.get("Authorization") != "Bearer " + server.token:
            self.problem(401, "A token is needed")
            return
        value = self.look_up(path, query)
        if value is None:
            self.problem(404, "Not found")
        else:
            self.send(200, "application/json", json.dumps(value).encode())

    def look_up(self, path, query):
        fleet = self.server.fleet
        name, _, item = path.partition("/")
        if item:
            item = urllib.parse.unquote(item)
            one = {"instances": fleet.instance, "evidence": fleet.evidence}.get(name)
            return one(item) if one else None
        if name == "summary":
            return fleet.summary()
        lists = {"instances": lambda: fleet.list_instances(query),
                 "images": lambda: fleet.images,
                 "findings": lambda: fleet.list_findings(query)}
        return page(lists[name](), query) if name in lists else None

    def asset(self, path):
        name = "index.html" if path == "/" else path.removeprefix("/assets/")
        places = [self.server.build / "dashboard" / name, SOURCE / name]
        file = next((p for p in places if "/" not in name and p.is_file()), None)
        if file is None or file.suffix not in TYPES:
            self.problem(404, "Not found")
        else:
            self.send(200, TYPES[file.suffix], file.read_bytes())


def make_server(build, directory, port=0, instances=137):
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.build = Path(build)
    server.fleet = Fleet(Signer(directory), instances)
    server.requests = []
    server.failure = None
    server.token = None
    server.url = "http://127.0.0.1:%d" % server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        running = make_server(sys.argv[1], scratch, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
        print(running.url, flush=True)
        threading.Event().wait()
