import { platformActions } from '@sotto/protocol/platformLog';
import { expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { isOfPlatform, platformWords } from './platformWords.ts';

it('has words for every action of the platform’s log in both languages, and for no other', () => {
  const spelled = platformActions.map((action) => platformWords(action)).sort();
  expect(Object.keys(en.log.platform).sort()).toEqual(spelled);
  expect(Object.keys(es.log.platform).sort()).toEqual(spelled);
  expect([platformWords('log.read'), platformWords('visit:new')]).toEqual([null, null]);
  expect([isOfPlatform('visit:list'), isOfPlatform('log.read')]).toEqual([true, false]);
});
