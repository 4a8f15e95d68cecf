#!/usr/bin/env node
import { tellErrors } from '@diptych/formats/node';
import { processTerminal } from './terminal.ts';
import { runProgram } from './run-program.ts';

tellErrors('diptych-eval');
process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
