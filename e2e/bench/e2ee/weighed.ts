/** What a page of the client takes of the package. */
export { CallCrypto, comparisonEmoji } from '@sotto/e2ee';
