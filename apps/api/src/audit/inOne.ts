import type { Result } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';

/** Does something on a transaction that records it too, both or neither. */
export type InOne = <T>(act: (database: Transaction) => Promise<Result<T>>) => Promise<Result<T>>;
