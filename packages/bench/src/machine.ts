import { cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The machine a benchmark ran on. */
export function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpuName(cpu?.model ?? 'unknown'),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** The vector extensions say more than the name that a virtual machine gives its processor. */
function cpuName(model: string): string {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    const widest = ['amx_tile', 'avx512f', 'avx2'].filter((flag) => flags.includes(` ${flag}`));
    return widest.length ? `${model} (${widest.join(', ')})` : model;
  } catch {
    return model;
  }
}

/** Versions of the packages that take part. */
export function versions(names: readonly string[]): Record<string, string> {
  const require = createRequire(import.meta.url);
  return Object.fromEntries(names.map((name) => [name, version(require, name)]));
}

function version(require: NodeJS.Require, name: string): string {
  // Packages that do not export their package.json still have it beside their entry.
  let folder = require.resolve(name);
  const marker = `node_modules/${name}/`;
  folder = folder.slice(0, folder.lastIndexOf(marker) + marker.length);
  return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version: string }).version;
}
