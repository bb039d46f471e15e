// SPDX-License-Identifier: Apache-2.0
// The signed envelope, for those who would rather check it themselves.

import { api, ApiError } from './api.js';
import { button, h } from './dom.js';
import type { Envelope } from './model.js';

// Both end up in a shell command that people paste: nothing but what they should be gets through.
const ID = /^[0-9A-Za-z-]{1,64}$/;
const KEY_ID = /^[0-9a-f]{64}$/;

const REVOKE_AFTER_MS = 60_000;

function fileName(id: string): string {
  return ID.test(id) ? `evidence-${id}.json` : 'evidence.json';
}

function save(envelope: Envelope, name: string): void {
  const blob = new Blob([`${JSON.stringify(envelope)}\n`], { type: 'application/json' });
  const url = URL.createObjectURL(blob);
  const anchor = h('a', { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}

/** An id is the instance's own choice, so another instance may have used the same. */
async function fetchEnvelope(id: string, uid: string): Promise<Envelope> {
  const evidence = await api.evidence(id, new AbortController().signal);
  if (evidence.uid === uid) return evidence.envelope;
  throw new ApiError(0, 'this id leads to the report of another instance', '');
}

export function downloadButton(id: string, uid: string, label: string): Node {
  const status = h('span', { class: 'muted', role: 'status' });
  const fetchAndSave = async (): Promise<void> => {
    status.textContent = 'Fetching…';
    try {
      save(await fetchEnvelope(id, uid), fileName(id));
      status.textContent = '';
    } catch (error) {
      const why = error instanceof ApiError ? error.title : 'it could not be read';
      status.textContent = `Not saved: ${why}.`;
    }
  };
  return h('span', { class: 'download' }, button(label, () => void fetchAndSave()), ' ', status);
}

/**
 * DSSE signs "DSSEv1", the type and the payload, each with its length (the DSSE protocol's PAE).
 * pkeyutl takes SHA-256 for P-256 by itself, and needs none for Ed25519.
 */
function commands(id: string, keyId: string): string {
  const file = fileName(id);
  const lines = [
    `jq -j .payload ${file} | base64 -d > payload.json`,
    `jq -j '.signatures[0].sig' ${file} | base64 -d > payload.sig`,
    `t=$(jq -j .payloadType ${file})`,
    'n=$(wc -c < payload.json)',
    `{ printf 'DSSEv1 %d %s %d ' "\${#t}" "$t" "$n"; cat payload.json; } > payload.pae`,
    'openssl pkeyutl -verify -pubin -inkey instance.pub -rawin \\',
    '  -in payload.pae -sigfile payload.sig',
  ];
  if (KEY_ID.test(keyId)) {
    lines.push(
      '# the key itself: both lines must be the same',
      'openssl pkey -pubin -in instance.pub -outform DER | sha256sum | cut -d " " -f 1',
      `echo ${keyId}`,
    );
  }
  return lines.join('\n');
}

function copyButton(text: string): Node {
  const status = h('span', { class: 'muted', role: 'status' });
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = 'Copied';
    } catch {
      status.textContent = 'Not copied: select the text and copy it';
    }
  };
  return h('span', {}, button('Copy', () => void copy()), ' ', status);
}

export function verifyYourself(id: string, keyId: string): Node {
  const text = commands(id, keyId);
  return h(
    'details',
    { class: 'verify' },
    h('summary', {}, 'Verify it yourself'),
    h(
      'p',
      {},
      'Download the envelope, take the instance’s public key as ',
      h('code', {}, 'instance.pub'),
      ' from where you trust it, and run:',
    ),
    h('pre', { tabindex: '0', 'aria-label': 'Commands' }, text),
    copyButton(text),
  );
}
