import { expect, test } from 'vitest';
import { InvalidMessageError } from '../../src/domain/errors.ts';
import { readChannels, readNames } from '../../src/gateways/channel-request.ts';
import { USUAL_TERMS } from '../../src/gateways/channel-subscription.ts';

const EUR = { kind: 'price', instrument: 'EUR_USD' };
const BTC = (interval: string) => ({ kind: 'candles', instrument: 'BTCUSDT', interval });
const PLAIN = { terms: USUAL_TERMS };

test('reads a list of names', () => {
  const { wanted, errors } = readChannels(['price:eur_usd', 'alerts', 'price:eur_usd']);
  expect(wanted).toEqual([
    { channel: EUR, ...PLAIN },
    { channel: { kind: 'alerts' }, ...PLAIN },
  ]);
  expect(errors).toEqual({});
});

test('reads names with options', () => {
  const { wanted, errors } = readChannels({
    'price:EUR_USD': { since: 0, epoch: '', unknown: 'field' },
    'candles:BTCUSDT:1': { history: 1_000, confirmed_only: true },
    'candles:BTCUSDT:5': { history: 0, confirmed_only: false },
    system: null,
    alerts: { since: null, epoch: null, history: null, confirmed_only: null },
    'alerts:EUR_USD': { epoch: 'e' },
  });
  expect(errors).toEqual({});
  expect(wanted).toEqual([
    { channel: EUR, ...PLAIN, since: { seq: 0, epoch: '' } },
    { channel: BTC('1'), terms: { history: 1_000, isConfirmedOnly: true } },
    { channel: BTC('5'), terms: { history: 0, isConfirmedOnly: false } },
    { channel: { kind: 'system' }, ...PLAIN },
    { channel: { kind: 'alerts' }, ...PLAIN },
    { channel: { kind: 'alerts', instrument: 'EUR_USD' }, ...PLAIN },
  ]);
});

test.each<[object | string | number, RegExp]>([
  [{ since: 1 }, /^epoch: expected the epoch of since$/],
  [{ since: -1, epoch: 'e' }, /^since: /],
  [{ since: 2 ** 60, epoch: 'e' }, /^since: /],
  [{ since: '1', epoch: 'e' }, /^since: /],
  [{ since: 1, epoch: {} }, /^epoch: /],
  [{ history: 1.5 }, /^history: /],
  [{ confirmed_only: 1 }, /^confirmed_only: /],
  ['all', /^options: /],
  [7, /^options: /],
  [[], /^options: /],
])('options %o of one channel are its own error', (options, message) => {
  const { wanted, errors } = readChannels({ 'price:eur_usd': options, alerts: {} });
  expect(wanted).toHaveLength(1);
  expect(errors).toEqual({
    'price:EUR_USD': {
      error_code: 'INVALID_PAYLOAD',
      error_message: expect.stringMatching(message) as string,
    },
  });
});

test('says of each name that is none that there is no such channel, shortened', () => {
  const { wanted, errors } = readChannels(['', 'x'.repeat(500), 'alerts']);
  const long = `${'x'.repeat(64)}…`;
  expect(wanted).toHaveLength(1);
  expect(errors).toEqual({
    '': { error_code: 'INVALID_SYMBOL', error_message: 'There is no channel ' },
    [long]: { error_code: 'INVALID_SYMBOL', error_message: `There is no channel ${long}` },
  });
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'takes %s for a name like any other',
  (name) => {
    const asObject: unknown = JSON.parse(`{"${name}": {}, "alerts": {}}`);
    for (const channels of [[name, 'alerts'], asObject]) {
      const { wanted, errors } = readChannels(channels);
      expect(wanted).toHaveLength(1);
      expect(Object.keys(errors)).toEqual([name]);
    }
  },
);

const MANY = Array.from({ length: 1_001 }, (_, index) => `ticker:COIN${index}`);

test.each([
  undefined,
  null,
  true,
  7,
  'alerts',
  [],
  {},
  [7],
  ['alerts', null],
  [['alerts']],
  MANY,
  Object.fromEntries(MANY.map((name) => [name, {}])),
])('takes no %o for channels', (channels) => {
  expect(() => readChannels(channels)).toThrow(InvalidMessageError);
});

test('reads names as they are written on the wire', () => {
  expect(readNames(['price:eur_usd', 'Nonsense', 'alerts'])).toEqual([
    'price:EUR_USD',
    'Nonsense',
    'alerts',
  ]);
  expect(readNames(MANY.slice(1))).toHaveLength(1_000);
});

test.each([undefined, null, 'alerts', [], {}, { alerts: {} }, [7], MANY])(
  'takes no %o for names',
  (channels) => {
    expect(() => readNames(channels)).toThrow(InvalidMessageError);
  },
);
