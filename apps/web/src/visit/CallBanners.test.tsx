import { participantId } from '@sotto/protocol/ids';
import { NextIntlClientProvider } from 'next-intl';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import type { Incident, VisitSnapshot } from '../call/contract.ts';
import type { LocalDevices } from '../media/localDevices.ts';
import { CallBanners } from './CallBanners.tsx';
import type { VisitFacts } from './visitFacts.ts';

const idOf = (letter: string) => participantId.parse(letter.repeat(22));
const facts = {
  kind: 'patient',
  view: {
    clinicianName: 'Dr Ada',
    clinicianParticipantId: idOf('a'),
    patientName: 'Noor',
    participantId: idOf('n'),
  },
} as VisitFacts;
const devices = {
  subscribe: () => () => undefined,
  getSnapshot: () => ({ microphone: { status: 'live' } }),
} as unknown as LocalDevices;
const nothing = () => undefined;

/** What is read in the lines, without their marks. */
function shown(changes: Partial<VisitSnapshot>, comparer: string | null = null): string {
  const snapshot = { security: 'encrypted', connection: 'ok', mediaAvailable: true, incidents: [], ...changes };
  const markup = renderToStaticMarkup(
    <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
      <CallBanners
        {...{ devices, facts, comparer, hasFailed: false, writer: null }}
        snapshot={snapshot as VisitSnapshot}
        onRead={nothing}
        onDismiss={nothing}
        onCodes={nothing}
        onNotNow={nothing}
        onDistrust={nothing}
        onDevices={nothing}
        onReadChat={nothing}
        onLater={nothing}
      />
    </NextIntlClientProvider>,
  );
  return markup
    .replaceAll(/<[^>]*>/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll('&#x27;', "'");
}
const keptOut = (letter: string, name: string | null = null): Incident => ({
  ...{ tag: 'keptOut', fault: 'forgedEntry' },
  person: { participantId: idOf(letter), role: 'physician', name },
});

describe('what is said of an incident', () => {
  it('can be dismissed, and hides no invitation to compare codes', () => {
    const page = shown({ incidents: [keptOut('a')] }, 'Dr Ada');
    expect(page).toContain('Somebody came in as Dr Ada and was kept out');
    expect(page).toContain('OK');
    expect(page).toContain('Dr Ada wants to compare codes');
    expect(page).toContain('See the code');
  });

  it('names nobody but whom the server signed it for', () => {
    expect(shown({ incidents: [keptOut('b', 'Dr Ben')] })).toContain('came in as Dr Ben and');
    expect(shown({ incidents: [keptOut('b')] })).toContain('came in as a clinician and');
    expect(shown({ incidents: [keptOut('n')] })).toContain('came in as Noor and');
    const unsigned = shown({ incidents: [{ tag: 'keptOut', person: null, fault: 'malformed' }] });
    expect(unsigned).toContain('Somebody tried to come in and was kept out');
    expect(unsigned).not.toContain('Dr Ada');
  });

  it('says who signed a change that was refused, and that it was the server’s where nobody did', () => {
    const by = { participantId: idOf('n'), role: 'patient', name: 'Noor' } as const;
    const refused = (who: typeof by | null): Incident => ({ tag: 'refusedChange', by: who, reason: 'notEntitled' });
    expect(shown({ incidents: [refused(by)] })).toContain(
      'Noor tried to change who is in this visit, and it was refused: they may not let people in or put them out.',
    );
    expect(shown({ incidents: [refused(null)] })).toContain('The server sent a change of who is in this visit');
  });

  it('says that somebody has left by the server’s word only, and oneself by what others were told', () => {
    const person = { participantId: idOf('a'), role: 'physician', name: 'Dr Ada' } as const;
    expect(shown({ incidents: [{ tag: 'saidToHaveLeft', person }] })).toContain('server says that Dr Ada has left');
    expect(shown({ connection: 'removed' })).toContain('The others were told that you had left');
  });

  it('says who is back with a new key, and that what was compared doesn’t count any more', () => {
    const person = { participantId: idOf('n'), role: 'patient', name: 'Noor' } as const;
    const page = (wasCompared: boolean) => shown({ incidents: [{ tag: 'newKey', person, wasCompared }] });
    expect(page(false)).toContain('Noor is back with a new key, as after loading the page anew');
    expect(page(true)).toContain("you compared doesn't count any more. Please compare again.");
  });

  it('says of a change of keys no more than that, and of another’s under a name that the server did it', () => {
    const by = { participantId: idOf('n'), role: 'patient', name: 'Noor' } as const;
    const renewal: Incident = { tag: 'refusedChange', by, reason: 'leafChanged' };
    expect(shown({ incidents: [renewal] })).toContain("From Noor's device came a change of this visit's keys");
    const handedOver = shown({ incidents: [{ tag: 'refusedChange', by: null, reason: 'sender' }] });
    expect(handedOver).toContain("The server sent a change of this visit's keys");
    expect(handedOver).toContain('came from somebody else than the one who made it');
    const alone = shown({ incidents: [{ tag: 'refusedChange', by: null, reason: 'noPhysician' }] });
    expect(alone).toContain('a visit without a clinician');
  });

  it('says of a demand that only this browser remembers that it is one', () => {
    const incident: Incident = { ...{ tag: 'keptOut', fault: 'rememberedDemand' }, person: null };
    expect(shown({ incidents: [incident] })).toContain('this browser remembers that this clinic asked');
  });

  it('counts what was too much to tell', () => {
    expect(shown({ incidents: [{ tag: 'more', count: 3 }] })).toContain('3 more people or changes were refused');
  });
});
