import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';

export const databaseName = 'sotto';

interface DatabaseRole {
  name: string;
  /** 32 random bytes, base64url. */
  password: string;
  /** File of mode 600 that holds the role's `postgresql://` URL. */
  urlFile: string;
}

/** Who may log in: the owner of the schema, which migrates, and the app, which has only the rights it is given. */
export interface DatabaseRoles {
  owner: DatabaseRole;
  app: DatabaseRole;
  /** Needed for a moment while the data folder is made; kept nowhere. */
  superuserPassword: string;
}

const newPassword = () => randomBytes(32).toString('base64url');

function keptPassword(urlFile: string): string | undefined {
  const text = readIfThere(urlFile);
  if (text === undefined) return undefined;
  const password = URL.parse(text.trim())?.password ?? '';
  if (!/^[\w-]{43}$/.test(password)) {
    throw new StartError(`${urlFile} holds no database address any more: restore it, or choose another --data DIR.`);
  }
  return password;
}

/**
 * The roles, with the passwords they have had since the data folder was made, and URL files that name today's port.
 *
 * @param folder where the URL files lie
 */
export function keepRoles(folder: string, port: number): DatabaseRoles {
  const keep = (name: string): DatabaseRole => {
    const urlFile = join(folder, `${name}.url`);
    const password = keptPassword(urlFile) ?? newPassword();
    writeAtomic(urlFile, `postgresql://${name}:${password}@127.0.0.1:${port}/${databaseName}\n`);
    return { name, password, urlFile };
  };
  return { owner: keep('sotto_owner'), app: keep('sotto_app'), superuserPassword: newPassword() };
}
