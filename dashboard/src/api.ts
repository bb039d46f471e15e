// SPDX-License-Identifier: Apache-2.0
// Asking the collector: one GET, one JSON answer, every failure an ApiError.

import type {
  Evidence,
  FleetFinding,
  Image,
  Instance,
  InstanceDetail,
  Page,
  Summary,
} from './model.js';
import { token } from './token.js';

/** status 0: no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly retryAfter: number | null = null,
  ) {
    super(title);
  }

  /** Worth asking again by itself. */
  get passing(): boolean {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

export type Filters = Readonly<Record<string, string | number | null | undefined>>;

const DEADLINE_MS = 20_000;

function address(path: string, filters: Filters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function ask(url: string, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  const bearer = token();
  if (bearer !== null) headers['Authorization'] = `Bearer ${bearer}`;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MS);
  const stop = (): void => deadline.abort();
  signal.addEventListener('abort', stop);
  try {
    return await fetch(url, {
      headers,
      signal: deadline.signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const late = deadline.signal.aborted;
    throw new ApiError(
      0,
      'The collector does not answer',
      late
        ? `No answer within ${DEADLINE_MS / 1000} seconds.`
        : 'The connection was refused or lost.',
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function textMember(body: unknown, name: string): string {
  const value = (body as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : '';
}

async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const wait = Number(response.headers.get('Retry-After') ?? NaN);
  return new ApiError(
    response.status,
    textMember(body, 'title') || `The collector answered with status ${response.status}`,
    textMember(body, 'detail'),
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

async function get<T>(path: string, filters: Filters, signal: AbortSignal): Promise<T> {
  const response = await ask(address(path, filters), signal);
  if (!response.ok) throw await refusal(response);
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(response.status, 'The answer is not JSON', `It came from ${path}.`);
  }
}

const enc = encodeURIComponent;

export const api = {
  summary: (signal: AbortSignal) => get<Summary>('/v1/summary', {}, signal),
  instances: (filters: Filters, signal: AbortSignal) =>
    get<Page<Instance>>('/v1/instances', filters, signal),
  instance: (uid: string, signal: AbortSignal) =>
    get<InstanceDetail>(`/v1/instances/${enc(uid)}`, {}, signal),
  images: (filters: Filters, signal: AbortSignal) =>
    get<Page<Image>>('/v1/images', filters, signal),
  findings: (filters: Filters, signal: AbortSignal) =>
    get<Page<FleetFinding>>('/v1/findings', filters, signal),
  evidence: (id: string, signal: AbortSignal) =>
    get<Evidence>(`/v1/evidence/${enc(id)}`, {}, signal),
};
