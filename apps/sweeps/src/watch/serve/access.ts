import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** Whether only programs of this machine reach a server on `host`. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Whether a request with this `Host` header was meant for a server on `host`.
 *
 * A page elsewhere can have its own name point here (DNS rebinding), and would then read everything as its own. Its
 * requests still carry that name, so names are refused but those the server was started with; addresses cannot be
 * pointed elsewhere.
 */
export function isExpectedHost(header: string | undefined, host: string): boolean {
  const name = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:\d{1,5})?$/.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  const bare = name.replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return isLoopback(bare);
  return bare === host.toLowerCase() || isIP(bare) !== 0;
}

/** Whether `given` is `token`, in a time that does not tell how much of it is right. */
export function isToken(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

/** The value of the cookie `name` in a `Cookie` header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([key]) => key === name)?.[1];
}
