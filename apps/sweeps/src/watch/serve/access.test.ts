import { describe, expect, it } from 'vitest';
import { cookieValue, isExpectedHost, isLoopback, isToken } from './access.js';

describe('isLoopback', () => {
  it('is what only this machine reaches', () => {
    expect(['127.0.0.1', '127.8.9.1', 'localhost', '::1'].every(isLoopback)).toBe(true);
    expect(
      ['0.0.0.0', '::', '192.168.1.4', 'localhost.example.org', '127.0.0.1.example.org', '', '127.1'].some(isLoopback),
    ).toBe(false);
  });
});

describe('isExpectedHost', () => {
  it('lets no foreign name through on loopback', () => {
    for (const host of ['127.0.0.1', '127.0.0.1:7331', 'localhost:80', '[::1]:7331', 'LOCALHOST'])
      expect(isExpectedHost(host, '127.0.0.1'), host).toBe(true);
    const foreign = [
      'evil.example',
      'evil.example:7331',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '10.0.0.1',
      '',
    ];
    for (const host of [
      ...foreign,
      'a@127.0.0.1',
      '127.0.0.1/',
      '127.0.0.1 ',
      '[::1',
      '127.0.0.1:7331:1',
      '\0',
      undefined,
    ])
      expect(isExpectedHost(host, '127.0.0.1'), String(host)).toBe(false);
  });

  it('lets addresses and its own name through elsewhere: nobody can point an address elsewhere', () => {
    for (const host of ['10.0.0.1:7331', '[fe80::1]:7331', 'gpu-box:7331'])
      expect(isExpectedHost(host, 'gpu-box')).toBe(true);
    expect(isExpectedHost('10.0.0.1', '0.0.0.0')).toBe(true);
    expect(isExpectedHost('evil.example', '0.0.0.0')).toBe(false);
    expect(isExpectedHost('evil.example', 'gpu-box')).toBe(false);
  });
});

describe('isToken', () => {
  it('takes the token and nothing else, of whatever length', () => {
    expect(isToken('secret', 'secret')).toBe(true);
    for (const given of ['', 'secre', 'secrets', 'SECRET', 'x'.repeat(1e5), undefined])
      expect(isToken(given, 'secret')).toBe(false);
  });
});

it('cookieValue finds one cookie among others', () => {
  expect(cookieValue('a=1; nf=x_y-z; b=2', 'nf')).toBe('x_y-z');
  expect(cookieValue('xnf=1', 'nf')).toBeUndefined();
  expect(cookieValue(undefined, 'nf')).toBeUndefined();
});
