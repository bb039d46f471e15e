-- SPDX-License-Identifier: Apache-2.0
-- The collector's first schema. Times are milliseconds since the epoch unless a name says _s.
-- uid: the first 16 bytes of SHA-256(instance id, NUL, key id).

CREATE TABLE tokens (
	hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
	name TEXT NOT NULL UNIQUE,
	role INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE manifests (
	seq INTEGER PRIMARY KEY,
	digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
	name TEXT NOT NULL,
	version TEXT NOT NULL,
	serial TEXT NOT NULL,
	signer TEXT NOT NULL,
	entries INTEGER NOT NULL,
	built_at_s INTEGER NOT NULL,
	expires_at_s INTEGER NOT NULL,
	published_at INTEGER NOT NULL,
	published_by TEXT NOT NULL,
	revoked_at INTEGER,
	revoked_by TEXT,
	envelope BLOB NOT NULL
) STRICT;

CREATE TABLE instances (
	uid BLOB NOT NULL PRIMARY KEY CHECK (length(uid) = 16),
	id TEXT NOT NULL,
	key_id TEXT NOT NULL,
	key_pem TEXT NOT NULL,
	verdict INTEGER NOT NULL,
	phase INTEGER NOT NULL,
	cloud TEXT,
	region TEXT,
	image_id TEXT,
	image_name TEXT,
	image_version TEXT,
	manifest BLOB,
	findings INTEGER NOT NULL,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	evidence TEXT NOT NULL,
	reasons TEXT NOT NULL,
	coverage TEXT NOT NULL
) STRICT;
CREATE INDEX instances_by_id ON instances (id);
CREATE INDEX instances_by_time ON instances (last_seen, uid);
CREATE INDEX instances_by_verdict ON instances (verdict, last_seen, uid);
CREATE INDEX instances_by_manifest ON instances (manifest, verdict);
CREATE INDEX instances_by_image ON instances (image_name, last_seen, uid);

-- The first key that was seen for an instance id.
CREATE TABLE bindings (
	id TEXT NOT NULL PRIMARY KEY,
	uid BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A report's own id is unique within the instance alone, so that nobody can occupy another's.
CREATE TABLE evidence (
	seq INTEGER PRIMARY KEY,
	uid BLOB NOT NULL REFERENCES instances (uid) ON DELETE CASCADE,
	id TEXT NOT NULL,
	phase INTEGER NOT NULL,
	verdict INTEGER NOT NULL,
	fresh INTEGER NOT NULL,
	digest BLOB NOT NULL CHECK (length(digest) = 32),
	manifest BLOB,
	findings INTEGER NOT NULL,
	received_at INTEGER NOT NULL,
	reasons TEXT NOT NULL,
	UNIQUE (uid, id)
) STRICT;
CREATE INDEX evidence_by_id ON evidence (id);
CREATE INDEX evidence_by_manifest ON evidence (manifest);

CREATE TABLE envelopes (
	seq INTEGER PRIMARY KEY REFERENCES evidence (seq) ON DELETE CASCADE,
	envelope TEXT NOT NULL,
	proof TEXT NOT NULL
) STRICT;

-- The report of each phase that counts now.
CREATE TABLE latest (
	uid BLOB NOT NULL,
	phase INTEGER NOT NULL,
	seq INTEGER NOT NULL REFERENCES evidence (seq) ON DELETE CASCADE,
	PRIMARY KEY (uid, phase)
) STRICT, WITHOUT ROWID;

-- Findings of the reports that count now.
CREATE TABLE findings (
	seq INTEGER PRIMARY KEY,
	uid BLOB NOT NULL REFERENCES instances (uid) ON DELETE CASCADE,
	phase INTEGER NOT NULL,
	severity INTEGER NOT NULL,
	waived INTEGER NOT NULL,
	code TEXT NOT NULL,
	evidence TEXT NOT NULL,
	body TEXT NOT NULL
) STRICT;
CREATE INDEX findings_by_instance ON findings (uid, phase);
CREATE INDEX findings_by_severity ON findings (severity, seq);
CREATE INDEX findings_by_code ON findings (code, severity, seq);
CREATE INDEX findings_by_waiver ON findings (waived, severity);

CREATE TABLE incidents (
	uid BLOB NOT NULL,
	code TEXT NOT NULL,
	digest BLOB NOT NULL,
	text TEXT NOT NULL,
	count INTEGER NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	PRIMARY KEY (uid, code, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE used_nonces (
	nonce BLOB NOT NULL PRIMARY KEY,
	expires_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_nonces_by_time ON used_nonces (expires_s);

CREATE TABLE counters (
	name TEXT NOT NULL PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('evidence', 0), ('last_evidence', 0);
INSERT INTO counters (name, value)
	VALUES ('since', CAST(strftime('%s', 'now') AS INTEGER) * 1000);
