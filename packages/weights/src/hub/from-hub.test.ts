import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHub, TensorFileError } from '../index.js';

/* A hub of our own, as far as the client asks it: where the real one stands the machine may have no network. */

const REPO = 'timm/dm_nfnet_f0.dm_in1k';
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let server: Server;
let cacheDir: string;
let hub: {
  bytes: Uint8Array;
  oid: string;
  /** Other files by path; `bytes` is that of model.safetensors unless this has it. */
  others: Record<string, Uint8Array | undefined>;
  /** Bytes after which the next answer breaks off. */
  breaksAfter: number | undefined;
  /** Milliseconds until an answer with content begins. */
  delay: number;
  /** Status of the next answers about files. */
  status: number;
  /** First bytes that were asked for. */
  starts: number[];
};

const FILE = 'model.safetensors';
const contentOf = (path: string) => (path in hub.others ? hub.others[path] : path === FILE ? hub.bytes : undefined);

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'nfnets-hub-'));
  hub = { bytes: content, oid: sha256(content), others: {}, breaksAfter: undefined, delay: 0, status: 200, starts: [] };
  server = createServer((request, response) => {
    if (request.url === `/api/models/${REPO}/paths-info/main`) {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { paths } = JSON.parse(body) as { paths: string[] };
        const infos = paths.flatMap((path) => {
          const bytes = contentOf(path);
          if (bytes === undefined) return [];
          const size = bytes.length;
          const oid = path === FILE && !(path in hub.others) ? hub.oid : sha256(bytes);
          return [{ type: 'file', path, oid: 'a'.repeat(40), size, lfs: { oid, size } }];
        });
        response.writeHead(hub.status, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(infos));
      });
      return;
    }
    const path = decodeURIComponent(request.url!.split('/resolve/main/')[1] ?? '').split('?')[0]!;
    const bytes = contentOf(path) ?? new Uint8Array();
    const [, from, to] = request.headers.range?.match(/bytes=(\d+)-(\d*)/) ?? [];
    const start = Number(from ?? 0);
    const end = to ? Number(to) + 1 : bytes.length;
    const part = bytes.subarray(start, end);
    response.writeHead(206, {
      'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`,
      'Content-Length': part.length,
      ETag: `"${sha256(bytes)}"`,
    });
    // The client's first question is for a single byte, to learn the size.
    if (part.length === 1) return response.end(part);
    hub.starts.push(start);
    const { breaksAfter } = hub;
    hub.breaksAfter = undefined;
    setTimeout(() => {
      if (breaksAfter === undefined) response.end(part);
      else response.write(part.subarray(0, breaksAfter), () => setTimeout(() => response.destroy(), 20));
    }, hub.delay);
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
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  expect(new Uint8Array(readFileSync(await fromHub(REPO, { ...options(), onNotice })))).toEqual(content);
  expect(notices).toEqual([
    expect.stringMatching(/the kept file .*model\.safetensors is damaged .* It is downloaded again\.$/),
  ]);
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
  await expect(fromHub(REPO, offline)).rejects.toThrow(
    /fromHub: the kept file .*model\.safetensors is damaged \(its checksum is [0-9a-f]{64}, and was [0-9a-f]{64}\), and it cannot ask/,
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

const leftIn = (path: string) => readdirSync(dirname(path)).sort();

describe('several downloads of one file at once', () => {
  it('in one process are one download', async () => {
    hub.delay = 300;
    const paths = await Promise.all(Array.from({ length: 4 }, () => fromHub(REPO, options())));
    expect(new Set(paths).size).toBe(1);
    expect(new Uint8Array(readFileSync(paths[0]!))).toEqual(content);
    expect(hub.starts).toEqual([0]);
    expect(leftIn(paths[0]!)).toEqual([FILE, `${FILE}.checksum`]);
  });

  it('go on when the one that was waited for breaks off', async () => {
    hub.delay = 200;
    hub.breaksAfter = 100_000;
    const results = await Promise.allSettled([
      fromHub(REPO, options()),
      fromHub(REPO, options()),
      fromHub(REPO, options()),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    const path = await fromHub(REPO, options());
    expect(new Uint8Array(readFileSync(path))).toEqual(content);
    expect(hub.starts).toHaveLength(2);
    expect(hub.starts[1]).toBeGreaterThan(0);
    expect(leftIn(path)).toEqual([FILE, `${FILE}.checksum`]);
  });

  it('of different files do not wait for each other', async () => {
    hub.others['other.safetensors'] = content.slice(0, 1000);
    const both = await Promise.all([
      fromHub(REPO, options()),
      fromHub(REPO, { ...options(), file: 'other.safetensors' }),
    ]);
    expect(both.map((path) => readFileSync(path).length)).toEqual([300_000, 1000]);
  });
});

describe('what another process left', () => {
  const stem = () => join(cacheDir, 'timm--dm_nfnet_f0.dm_in1k', 'main', `${FILE}.${hub.oid.slice(0, 16)}`);
  const host = hostname().replace(/\W/g, '_');
  /** A claim as another process makes it. */
  const claim = (pid: number, bytes: Uint8Array, stamp = '000000000000001') => {
    const path = `${stem()}.${stamp}-${host}-${pid}-0123abcd.partial`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };
  /** A process that ended. */
  const dead = () => spawnSync(process.execPath, ['-e', '']).pid;

  it('is continued when it was killed', async () => {
    claim(dead(), content.subarray(0, 120_000));
    const path = await fromHub(REPO, options());
    expect(new Uint8Array(readFileSync(path))).toEqual(content);
    expect(hub.starts[0]).toBe(120_000);
    expect(leftIn(path)).toEqual([FILE, `${FILE}.checksum`]);
  });

  it('is downloaded anew when it was of something else, or too long', async () => {
    for (const wrong of [content.subarray(0, 1000).with(3, 99), new Uint8Array(400_000)]) {
      claim(dead(), wrong);
      const path = await fromHub(REPO, options());
      expect(new Uint8Array(readFileSync(path))).toEqual(content);
      rmSync(path);
    }
  });

  it('is left alone and waited for while it is at it', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']);
    const path = claim(child.pid!, content.subarray(0, 1000));
    const loading = fromHub(REPO, options());
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(hub.starts).toEqual([]);
    expect(readFileSync(path)).toHaveLength(1000);
    // It ends well, as its last step renames its file.
    writeFileSync(path, content);
    renameSync(path, join(dirname(path), FILE));
    const target = await loading;
    expect(hub.starts).toEqual([]);
    child.kill();
    expect(leftIn(target)).toEqual([FILE, `${FILE}.checksum`].filter((name) => name === FILE));
    // The next call notes the checksum, so that the file can be used without a network.
    await fromHub(REPO, options());
    expect(leftIn(target)).toEqual([FILE, `${FILE}.checksum`]);
  });

  it('is not waited for when nothing has come of it for a minute, and not touched', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']);
    const path = claim(child.pid!, content.subarray(0, 1000));
    const past = new Date(Date.now() - 120_000);
    utimesSync(path, past, past);
    const target = await fromHub(REPO, options());
    child.kill();
    expect(hub.starts).toEqual([0]);
    expect(readFileSync(path)).toHaveLength(1000);
    expect(new Uint8Array(readFileSync(target))).toEqual(content);
  });

  it('in a cache of several processes makes all of them succeed', async () => {
    hub.delay = 100;
    const script = fileURLToPath(new URL('__fixtures__/from-hub.ts', import.meta.url));
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;
    const run = () =>
      new Promise<string>((resolve, reject) => {
        const args = ['--conditions=@nfnets/source', '--import', tsx, script, REPO, JSON.stringify(options())];
        execFile(process.execPath, args, (error, stdout, stderr) =>
          error ? reject(new Error(stderr)) : resolve(stdout),
        );
      });
    const paths = await Promise.all([run(), run(), run()]);
    expect(new Set(paths).size).toBe(1);
    expect(new Uint8Array(readFileSync(paths[0]!))).toEqual(content);
    expect(leftIn(paths[0]!)).toEqual([FILE, `${FILE}.checksum`]);
  }, 60_000);
});

it('needs to write nothing where the file is kept, and says where it cannot', async () => {
  const path = await fromHub(REPO, options());
  rmSync(`${path}.checksum`);
  expect(await fromHub(REPO, options())).toBe(path);
  expect(hub.starts).toEqual([0]);
  const file = join(cacheDir, 'file');
  writeFileSync(file, '');
  await expect(fromHub(REPO, { ...options(), cacheDir: file })).rejects.toThrow(
    /cannot write to the cache: ENOTDIR.*Pass \{ cacheDir \}, or set XDG_CACHE_HOME/,
  );
});

it('uses what it kept while the hub is busy or ill, and not when the hub says that it is there no more', async () => {
  const path = await fromHub(REPO, options());
  for (const status of [429, 500, 503]) {
    hub.status = status;
    expect(await fromHub(REPO, options())).toBe(path);
  }
  hub.status = 404;
  await expect(fromHub(REPO, options())).rejects.toThrow(/cannot ask the hub about model\.safetensors/);
});

describe('a file in several parts', () => {
  const INDEX = 'model.safetensors.index.json';
  const parts = {
    'model-00001-of-00002.safetensors': content.slice(0, 5000),
    'model-00002-of-00002.safetensors': content.slice(5),
  };
  const names = Object.keys(parts);
  beforeEach(() => {
    const map = { a: names[0], b: names[1], c: names[0] };
    const index = new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map }));
    hub.others = { [FILE]: undefined, [INDEX]: index, ...parts };
  });

  it('is downloaded with all of them, once, and used without a network', async () => {
    const progress: [number, number][] = [];
    const path = await fromHub(REPO, { ...options(), onProgress: (...told) => progress.push(told) });
    expect(path.endsWith(INDEX)).toBe(true);
    for (const name of names) {
      expect(new Uint8Array(readFileSync(join(dirname(path), name)))).toEqual(parts[name as keyof typeof parts]);
    }
    expect(progress.at(-1)).toEqual([304_995, 304_995]);
    const { length } = hub.starts;
    expect(await fromHub(REPO, { ...options(), file: INDEX })).toBe(path);
    expect(hub.starts).toHaveLength(length);
    const offline = { ...options(), fetch: () => Promise.reject(new TypeError('fetch failed')) };
    expect(await fromHub(REPO, offline)).toBe(path);
    rmSync(join(dirname(path), names[1]!));
    await expect(fromHub(REPO, offline)).rejects.toThrow(
      /model-00002-of-00002\.safetensors was not downloaded, and it cannot ask/,
    );
  });

  it('is refused where a part is missing, is named outside, or there is a whole file as well', async () => {
    hub.others[names[1]!] = undefined;
    await expect(fromHub(REPO, options())).rejects.toThrow(
      /has no file model-00002-of-00002\.safetensors .*, which the index names/,
    );
    hub.others[INDEX] = new TextEncoder().encode(JSON.stringify({ weight_map: { a: '../../x' } }));
    await expect(fromHub(REPO, options())).rejects.toThrow(/its files must lie beside it, got "\.\.\/\.\.\/x"/);
    hub.others[FILE] = content;
    await expect(fromHub(REPO, options())).rejects.toThrow(
      /has both model\.safetensors and model\.safetensors\.index\.json: pass \{ file \}/,
    );
    expect((await fromHub(REPO, { ...options(), file: FILE })).endsWith(FILE)).toBe(true);
  });
});

it.each<[unknown[], RegExp]>([
  [[], /fromHub: `repo` must be 'owner\/name', got undefined/],
  [[5], /`repo` must be 'owner\/name', got 5/],
  [[REPO, 'main'], /fromHub: options must be an object/],
  [[REPO, { filename: 'x' }], /no option `filename`\. Pass `file`\./],
  [[REPO, { token: 'x' }], /no option `token`\. Pass `accessToken`\./],
  [[REPO, { cacheDir: 5 }], /`cacheDir` must be a text/],
  [[REPO, { revison: 'x' }], /no option `revison`; did you mean `revision`\?/],
])('refuses %j', async (args, message) => {
  await expect((fromHub as (...args: unknown[]) => Promise<string>)(...args)).rejects.toThrow(message);
});
