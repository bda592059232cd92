import type { Command } from '../command.ts';
import { inspect } from './inspect.ts';
import { open } from './open.ts';
import { verify } from './verify.ts';

/** `npx sotto vault …` */
export const vaultCommands: Readonly<Record<string, Command>> = { inspect, verify, open };
