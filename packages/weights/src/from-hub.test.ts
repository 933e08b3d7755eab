import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fromHub, TensorFileError } from './index.js';

/* A hub of our own, as far as the client asks it: where the real one stands the machine may have no network. */

const REPO = 'timm/dm_nfnet_f0.dm_in1k';
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let server: Server;
let cacheDir: string;
let hub: {
  bytes: Uint8Array;
  oid: string;
  /** Bytes after which the next answer breaks off. */
  breaksAfter: number | undefined;
  /** First bytes that were asked for. */
  starts: number[];
};

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'nfnets-hub-'));
  hub = { bytes: content, oid: sha256(content), breaksAfter: undefined, starts: [] };
  server = createServer((request, response) => {
    if (request.url === `/api/models/${REPO}/paths-info/main`) {
      const { size } = { size: hub.bytes.length };
      const info = { type: 'file', path: 'model.safetensors', oid: 'a'.repeat(40), size, lfs: { oid: hub.oid, size } };
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { paths } = JSON.parse(body) as { paths: string[] };
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(paths[0] === info.path ? [info] : []));
      });
      return;
    }
    const [, from, to] = request.headers.range?.match(/bytes=(\d+)-(\d*)/) ?? [];
    const start = Number(from ?? 0);
    const end = to ? Number(to) + 1 : hub.bytes.length;
    const part = hub.bytes.subarray(start, end);
    response.writeHead(206, {
      'Content-Range': `bytes ${start}-${end - 1}/${hub.bytes.length}`,
      'Content-Length': part.length,
      ETag: `"${hub.oid}"`,
    });
    // The client's first question is for a single byte, to learn the size.
    if (part.length === 1) return response.end(part);
    hub.starts.push(start);
    if (hub.breaksAfter === undefined) return response.end(part);
    response.write(part.subarray(0, hub.breaksAfter), () => setTimeout(() => response.destroy(), 20));
    hub.breaksAfter = undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  rmSync(cacheDir, { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const options = () => ({ cacheDir, hubUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });

it('downloads a file and tells how far it is', async () => {
  const progress: number[] = [];
  const path = await fromHub(REPO, { ...options(), onProgress: (received) => progress.push(received) });
  expect(new Uint8Array(readFileSync(path))).toEqual(content);
  expect(progress[0]).toBe(0);
  expect(progress.at(-1)).toBe(content.length);
  expect(readFileSync(`${path}.checksum`, 'utf8')).toBe(`${sha256(content)}\n`);
});

it('downloads a file once', async () => {
  const first = await fromHub(REPO, options());
  expect(await fromHub(REPO, options())).toBe(first);
  expect(hub.starts).toEqual([0]);
});

it('goes on where it broke off', async () => {
  hub.breaksAfter = 100_000;
  await expect(fromHub(REPO, options())).rejects.toThrow(/cannot download .* call again to go on/);
  const path = await fromHub(REPO, options());
  expect(new Uint8Array(readFileSync(path))).toEqual(content);
  expect(hub.starts).toHaveLength(2);
  expect(hub.starts[1]).toBeGreaterThan(0);
  expect(readdirSync(dirname(path)).sort()).toEqual(['model.safetensors', 'model.safetensors.checksum']);
});

it('refuses a file with another checksum', async () => {
  hub.bytes = content.with(1000, 7);
  await expect(fromHub(REPO, options())).rejects.toThrow(/must have the checksum [0-9a-f]{64}, got [0-9a-f]{64}/);
  hub.bytes = content;
  expect(new Uint8Array(readFileSync(await fromHub(REPO, options())))).toEqual(content);
});

it('downloads again what was changed on disk, or on the hub', async () => {
  const path = await fromHub(REPO, options());
  writeFileSync(path, content.with(5, 99));
  expect(new Uint8Array(readFileSync(await fromHub(REPO, options())))).toEqual(content);
  hub.bytes = content.with(0, 255);
  hub.oid = sha256(hub.bytes);
  expect(new Uint8Array(readFileSync(await fromHub(REPO, options())))).toEqual(hub.bytes);
});

it('uses what it kept when there is no network', async () => {
  const path = await fromHub(REPO, options());
  const offline = { ...options(), fetch: () => Promise.reject(new TypeError('fetch failed')) };
  expect(await fromHub(REPO, offline)).toBe(path);
  writeFileSync(path, content.with(5, 99));
  await expect(fromHub(REPO, offline)).rejects.toThrow(
    /cannot ask the hub about model\.safetensors .*: fetch failed\.$/,
  );
});

it('says when there is no such file', async () => {
  await expect(fromHub(REPO, { ...options(), file: 'other.bin' })).rejects.toThrow(TensorFileError);
  await expect(fromHub(REPO, { ...options(), file: 'other.bin' })).rejects.toThrow(/has no file other\.bin in timm/);
});

it('says what to install when there is no client', async () => {
  vi.doMock('@huggingface/hub', () => {
    throw new Error('Cannot find package');
  });
  try {
    await expect(fromHub(REPO, options())).rejects.toThrow(/npm install @huggingface\/hub/);
  } finally {
    vi.doUnmock('@huggingface/hub');
  }
});

it.each([
  ['../../etc', {}, /`repo` must be 'owner\/name', got "\.\.\/\.\.\/etc"/],
  ['timm', {}, /`repo` must be/],
  ['timm/..', {}, /`repo` must be/],
  [REPO, { file: '../model.safetensors' }, /`file` must be a path inside the repository/],
  [REPO, { file: '/etc/passwd' }, /`file` must be/],
  [REPO, { revision: 'a/../..' }, /`revision` must be/],
])('refuses %s %o', async (repo, wrong, message) => {
  await expect(fromHub(repo, { ...options(), ...wrong })).rejects.toThrow(message);
});
