export { readOrNull, replaceDurably } from './durableFile.ts';
export { FileWitnessState } from './fileState.ts';
export { createHttpWitnessClient } from './httpClient.ts';
export { createKeyObjectSigner, openKeyFile, readLogSigner } from './keyFile.ts';
export { type OpenedWitness, openWitness, type WitnessFiles } from './openWitness.ts';
export { createWitnessServer, witnessHandler } from './server.ts';
export { Witness, type WitnessAnswer, type WitnessPorts, type WitnessState } from './witness.ts';
