#!/usr/bin/env node
import { tellErrors } from '@diptych/formats/node';
import { run } from './run.ts';

tellErrors('diptych-data');
process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
