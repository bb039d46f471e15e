// SPDX-License-Identifier: Apache-2.0
// The collector's answers, as docs/formats.md describes them.

export type Verdict = 'none' | 'pass' | 'warn' | 'fail';
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

/** Gravest first: the order of every list and bar. */
export const VERDICTS: readonly Verdict[] = ['fail', 'warn', 'pass', 'none'];
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export type VerdictCounts = Record<Verdict, number>;

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Summary {
  instances: number;
  verdicts: VerdictCounts;
  images: number;
  findings: Record<Severity, number>;
  evidence: number;
  since: string;
  last_evidence: string | null;
}

export interface Reason {
  stage: string;
  code: string;
  text: string;
}

/** An image as evidence names it. */
export interface ImageName {
  name: string;
  version: string | null;
}

export interface Instance {
  uid: string;
  id: string;
  key_id: string;
  verdict: Verdict;
  tier: string;
  phase: string;
  cloud: string | null;
  region: string | null;
  image_id: string | null;
  image: ImageName | null;
  manifest: string | null;
  findings: number;
  first_seen: string;
  last_seen: string;
  evidence: string;
  reasons: Reason[];
}

export interface Finding {
  code: string;
  severity: Severity;
  path: string | null;
  /** Base64 of the exact bytes, when they are not well-formed UTF-8. */
  path_raw?: string;
  title: string;
  expected: string | null;
  actual: string | null;
  attack: string[];
  package: string | null;
  waived: string | null;
  related: string[];
  remedy?: string | null;
  summary?: string | null;
}

export interface FleetFinding extends Finding {
  uid: string;
  instance: string;
  evidence: string;
}

export interface Coverage {
  entries: number;
  bytes: number;
  ignored: string[];
  unreadable: number;
  checks: Record<string, string>;
}

export interface HistoryEntry {
  id: string;
  phase: string;
  verdict: Verdict;
  received_at: string;
  findings: number;
}

export interface Incident {
  code: string;
  text: string;
  count: number;
  first: string;
  last: string;
}

export interface InstanceDetail extends Instance {
  findings_list: Finding[];
  coverage: Coverage | null;
  history: HistoryEntry[];
  incidents: Incident[];
}

export interface Envelope {
  payloadType: string;
  payload: string;
  signatures: { keyid?: string; sig: string }[];
}

export interface Evidence {
  id: string;
  uid: string;
  phase: string;
  verdict: Verdict;
  tier: string;
  reasons: Reason[];
  received_at: string;
  envelope: Envelope;
  proof: Envelope;
}

export interface Image {
  manifest: string;
  name: string;
  version: string;
  serial: string;
  signer: string;
  built_at: string;
  expires_at: string | null;
  published_at: string;
  revoked_at: string | null;
  entries: number;
  instances: number;
  verdicts: VerdictCounts;
}
