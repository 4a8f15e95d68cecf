import { describe, expect, it } from 'vitest';
import { allottedCores, threadCount } from './thread-count.ts';

const files = (contents: Record<string, string>) => (path: string) => {
  if (path in contents) return contents[path];
  throw new Error(`ENOENT ${path}`);
};

describe('allottedCores', () => {
  it.each<[string, Record<string, string>, number]>([
    ['no control groups', {}, Infinity],
    ['a group without limit', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, Infinity],
    ['a container of two cores', { '/sys/fs/cgroup/cpu.max': '200000 100000\n', '/proc/self/cgroup': '0::/\n' }, 2],
    ['a share of a core and a half', { '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 2],
    ['half a core', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
    [
      'a limit on a service, or on what it stands in',
      {
        '/proc/self/cgroup': '0::/system.slice/job.service\n',
        '/sys/fs/cgroup/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/system.slice/cpu.max': '300000 100000\n',
        '/sys/fs/cgroup/system.slice/job.service/cpu.max': '400000 100000\n',
      },
      3,
    ],
    [
      'version 1',
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '400000\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
      4,
    ],
    [
      'version 1 without limit',
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
      Infinity,
    ],
  ])('%s', (_, contents, cores) => {
    expect(allottedCores(files(contents))).toBe(cores);
  });
});

describe('threadCount', () => {
  it('is what is asked for, 64 at most', async () => {
    expect(await threadCount(3)).toBe(3);
    expect(await threadCount(1000)).toBe(64);
  });

  it.each([0, -1, 1.5, NaN, '2'])('refuses %s', async (threads) => {
    await expect(threadCount(threads as number)).rejects.toThrow(
      /installWasmKernels: threads must be a positive integer/,
    );
  });
});
