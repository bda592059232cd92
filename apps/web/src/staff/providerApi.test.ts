import { afterEach, describe, expect, it, vi } from 'vitest';
import { readReturn, takeDeparture } from './providerApi.ts';

const state = 's'.repeat(43);

describe('what the provider gives back behind the #', () => {
  it('is handed in as it is, without what nobody asked for', () => {
    expect(readReturn(`#code=abc&state=${state}&iss=https%3A%2F%2Fid.example`)).toEqual({
      ...{ code: 'abc', state, iss: 'https://id.example' },
    });
    expect(readReturn(`#code=abc&state=${state}&session_state=x`)).toEqual({ code: 'abc', state });
  });

  it('may say that nobody signed in', () => {
    expect(readReturn(`#error=access_denied&state=${state}`)).toBe('refused');
  });

  it.each(['', '#', '#code=abc', `#state=${state}`, '#code=abc&state=short'])('is nothing in %j', (hash) => {
    expect(readReturn(hash)).toBe('nothing');
  });
});

describe('where somebody was', () => {
  afterEach(() => vi.unstubAllGlobals());
  const storing = (text: string | null) => {
    const removeItem = vi.fn();
    vi.stubGlobal('sessionStorage', { getItem: () => text, removeItem });
    return removeItem;
  };

  it('is read once', () => {
    const removeItem = storing(JSON.stringify({ locale: 'es', hash: '#x' }));
    expect(takeDeparture()).toEqual({ locale: 'es', hash: '#x' });
    expect(removeItem).toHaveBeenCalledOnce();
  });

  it.each([null, 'no JSON', '{"locale":"xx","hash":""}', '{"locale":"en","hash":"","to":"https://evil.example"}'])(
    'is nowhere by %j',
    (text) => {
      storing(text);
      expect(takeDeparture()).toBeNull();
    },
  );
});
