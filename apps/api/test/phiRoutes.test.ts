import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PhiRoutes } from '../src/access/phiRoutes.ts';
import { storesSealed } from '../src/access/sealedAccess.ts';
import { UndeclaredRouteError } from '../src/errors.ts';

describe('a route of clinical content', () => {
  const bodyOf = (body: object) => ({ schema: { body } });
  const storing = {
    ...{ method: 'PUT' as const, url: '/api/phi/objects/:objectId', config: { access: storesSealed('storeNote') } },
    ...bodyOf(z.strictObject({ run: z.string() })),
  };
  const { phi: _phi, ...undeclared } = storesSealed('storeNote');
  const again = { ...storesSealed('storeNote'), recorded: 'again' } as const;

  it('is taken in with its body unchecked, for that is refused by who sends it', () => {
    const declared: Parameters<PhiRoutes['add']>[0] = { ...storing };
    new PhiRoutes().add(declared);
    expect(declared.attachValidation).toBe(true);
    const other = { ...storing, url: '/api/visits/:visitId', config: {} };
    new PhiRoutes().add(other);
    expect(other).not.toHaveProperty('attachValidation');
  });

  it.each([
    ['takes no intents', { config: { access: undeclared } }],
    ['is public', { config: { access: { public: 'Anybody may.', open: { silent: 'Nothing.' } } } }],
    ['says nothing', { config: {} }],
    ['isn’t where intents look for it', { url: '/api/phi/objects/:objectId/recording' }],
    ['isn’t under the prefix', { url: '/api/objects/:objectId' }],
    ['leaves no entry each time', { config: { access: again } }],
    ['takes fields that it doesn’t name', bodyOf(z.looseObject({ run: z.string() }))],
    ['takes whatever comes', { schema: {} }],
  ])('keeps the api from starting when it %s', (_, change) => {
    expect(() => new PhiRoutes().add({ ...storing, ...change })).toThrow(UndeclaredRouteError);
  });

  it('is there for each that an intent can name', () => {
    const routes = new PhiRoutes();
    routes.add({ ...storing });
    expect(() => routes.assertWhole()).toThrow(UndeclaredRouteError);
  });
});
