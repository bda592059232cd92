import { visitPath } from '@sotto/protocol/clinic';
import { maxManifestText, mintAnswer, registrationAnswer } from '@sotto/protocol/keystoreRoutes';
import { maxSealedText, objectPath, sealedList, sealedObject, sealedUpload } from '@sotto/protocol/records';
import type { Listener } from '@sotto/service/listener';
import { sessionKinds } from '../access/caller.ts';
import { objectOfPath, visitOfPath } from '../access/resource.ts';
import { storesObject } from '../access/storesObject.ts';
import { answer, refusals } from '../answer.ts';
import { readStaffPass, readTokens } from '../caller.ts';
import type { RecordsContext } from '../relay.ts';
import { listObjects, mintObject, readObject, storeObject } from '../sealedObjects.ts';

/** What stands around the two texts of an upload is far less. */
const uploadBytes = maxManifestText + maxSealedText + 1024;

/** Sealed objects: a key for a new one, its bytes in and out. */
export function addObjectRoutes(api: Listener, context: RecordsContext): void {
  api.route({
    method: 'POST',
    url: '/visits/:visitId/objects',
    config: {
      access: {
        action: 'object:write',
        resource: visitOfPath,
        sessions: ['staff'],
        whileLocked: 'live',
        limit: 'uploads',
        recorded: 'before',
      },
    },
    schema: { params: visitPath, response: { 201: mintAnswer, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await mintObject(context, readStaffPass(request), request.params.visitId), 201),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/objects',
    config: { access: { action: 'object:list', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, response: { 200: sealedList, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listObjects(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'PUT',
    url: '/objects/:objectId',
    config: {
      access: {
        ...storesObject,
        limit: 'uploads',
        recorded: 'before',
      },
    },
    bodyLimit: uploadBytes,
    schema: { params: objectPath, body: sealedUpload, response: { 200: registrationAnswer, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await storeObject(context, readStaffPass(request), request.params.objectId, request.body)),
  });

  api.route({
    method: 'GET',
    url: '/objects/:objectId',
    config: { access: { action: 'object:fetch', resource: objectOfPath, sessions: sessionKinds } },
    schema: { params: objectPath, response: { 200: sealedObject, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readObject(context, readTokens(request), request.params.objectId)),
  });
}
