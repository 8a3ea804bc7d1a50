import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/app/config.ts';
import { SETTINGS } from '../../src/app/settings.ts';
import { ConfigError } from '../../src/domain/errors.ts';

describe('parseConfig', () => {
  test('starts with nothing set: three ports, twenty pairs, the simulator as the venue', () => {
    const config = parseConfig({});
    expect(config.addresses).toEqual([
      { variable: 'API_PORT', hostVariable: 'API_HOST', host: '0.0.0.0', port: 5000 },
      { variable: 'WEBSOCKET_PORT', hostVariable: 'WEBSOCKET_HOST', host: '0.0.0.0', port: 5001 },
      { variable: 'LIVE_PORT', hostVariable: 'API_HOST', host: '0.0.0.0', port: 8000 },
    ]);
    expect(config.trackedPairs).toEqual(DEFAULT_TRACKED_PAIRS);
    expect(config.clients).toEqual({
      max: 1_000,
      pingIntervalMs: 25_000,
      pingTimeoutMs: 5_000,
      maxMessageBytes: 65_536,
      maxWaitingBytes: 1_048_576,
    });
    expect(config.oanda).toMatchObject({ environment: 'simulated', venue: { type: 'simulator' } });
    expect(config).toMatchObject({ staleAfterMs: 30_000, shutdownTimeoutMs: 10_000 });
  });

  test('takes None and an empty value for unset', () => {
    const unset = parseConfig({ OANDA_API_KEY: 'None', API_PORT: '', TRACKED_PAIRS: ' ' });
    expect(unset).toEqual(parseConfig({}));
  });

  test('takes numbers from a program that embeds it', () => {
    expect(parseConfig({ WEBSOCKET_PORT: 0, API_PORT: 7_000 }).addresses).toMatchObject([
      { port: 7_000 },
      { port: 0 },
      { port: 8_000 },
    ]);
  });

  test('goes to the practice hosts with a key, and elsewhere when told so', () => {
    const key = { OANDA_API_KEY: 'secret-token' };
    expect(parseConfig(key).oanda).toMatchObject({
      environment: 'demo',
      venue: { hosts: { restUrl: 'https://api-fxpractice.oanda.com' } },
      feed: { apiKey: 'secret-token' },
    });
    expect(parseConfig({ ...key, OANDA_ENVIRONMENT: 'practice' }).oanda?.environment).toBe('demo');
    expect(parseConfig({ ...key, OANDA_ENVIRONMENT: 'live' }).oanda?.venue).toMatchObject({
      hosts: { streamUrl: 'https://stream-fxtrade.oanda.com' },
    });
    const url = { OANDA_URL: 'http://127.0.0.1:8100/', OANDA_STREAM_URL: 'http://127.0.0.1:8101' };
    const hosts = { restUrl: 'http://127.0.0.1:8100', streamUrl: 'http://127.0.0.1:8101' };
    expect(parseConfig({ ...key, ...url }).oanda?.venue).toEqual({ type: 'hosts', hosts });
    expect(parseConfig(url).oanda).toMatchObject({ environment: 'simulated', venue: { hosts } });
  });

  test('follows nine candle channels of the simulated Bybit with nothing set', () => {
    expect(parseConfig({}).bybit).toEqual({
      environment: 'simulated',
      venue: { type: 'simulator' },
      category: 'linear',
      instruments: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
      intervals: ['1', '5', '15'],
      maxTopics: 200,
    });
  });

  test('goes to the hosts of the testnet or of the live Bybit, and elsewhere when told so', () => {
    const testnet = { restUrl: 'https://api-testnet.bybit.com' };
    expect(parseConfig({ BYBIT_TESTNET: 'True' }).bybit).toMatchObject({
      environment: 'testnet',
      venue: { hosts: testnet },
    });
    const live = parseConfig({
      BYBIT_ENVIRONMENT: 'live',
      BYBIT_REST_URL: 'https://api.bytick.com',
    });
    expect(live.bybit?.venue).toEqual({
      type: 'hosts',
      hosts: { wsUrl: 'wss://stream.bybit.com', restUrl: 'https://api.bytick.com' },
    });
    const hosts = { wsUrl: 'ws://127.0.0.1:8102', restUrl: 'http://127.0.0.1:8102' };
    const local = { BYBIT_WS_URL: `${hosts.wsUrl}/`, BYBIT_REST_URL: hosts.restUrl };
    const { bybit, simulator } = parseConfig({ ...local, FEEDS: 'bybit' });
    expect(bybit).toMatchObject({ environment: 'simulated', venue: { hosts } });
    expect(simulator).toBeUndefined();
  });

  test('takes the feeds that are named, and symbols and timeframes in any case', () => {
    const config = parseConfig({
      FEEDS: 'bybit',
      BYBIT_SYMBOLS: 'btcusdt spot_ethusdt,BTC-26dec25',
      BYBIT_TIMEFRAMES: '60,d',
    });
    expect(config.oanda).toBeUndefined();
    expect(config.bybit).toMatchObject({
      instruments: ['BTCUSDT', 'SPOT_ETHUSDT', 'BTC-26DEC25'],
      intervals: ['60', 'D'],
    });
    expect(parseConfig({ FEEDS: 'none' })).toMatchObject({
      oanda: undefined,
      bybit: undefined,
      simulator: undefined,
    });
  });

  test('reads lists, durations and ports that are off', () => {
    const config = parseConfig({
      TRACKED_PAIRS: 'eur_usd, GBP_USD EUR_USD',
      API_PORT: 'off',
      LIVE_PORT: 'off',
      WEBSOCKET_HOST: '127.0.0.1',
      STALE_AFTER: '2.5',
      FEEDS: 'none',
      LOG_LEVEL: 'Warning',
    });
    expect(config.trackedPairs).toEqual(['EUR_USD', 'GBP_USD']);
    expect(config.addresses).toEqual([
      {
        variable: 'WEBSOCKET_PORT',
        hostVariable: 'WEBSOCKET_HOST',
        host: '127.0.0.1',
        port: 5001,
      },
    ]);
    expect(config).toMatchObject({ staleAfterMs: 2_500, oanda: undefined, log: { level: 'warn' } });
  });

  test('keeps history in a directory of its own, or in the database that is named', () => {
    expect(parseConfig({}).history).toEqual({
      directory: resolve('data'),
      database: { type: 'embedded', directory: resolve('data') },
      backfillDays: 60,
      retentionDays: 365,
      quoteRetentionHours: 24,
      recordsTrades: false,
    });
    expect(parseConfig({ DATA_DIR: 'none' }).history).toBeUndefined();
    const parts = { DB_HOST: 'db', DB_PASSWORD: 'secret', DATA_DIR: '/var/lib/tickwire' };
    expect(parseConfig(parts).history).toMatchObject({
      directory: '/var/lib/tickwire',
      database: {
        type: 'postgres',
        address: {
          host: 'db',
          port: 5432,
          database: 'fx_trading_data',
          user: 'postgres',
          password: 'secret',
        },
      },
    });
    const url = 'postgres://me:secret@db/prices?sslmode=require';
    expect(parseConfig({ ...parts, DATABASE_URL: url }).history?.database).toEqual({
      type: 'postgres',
      address: { url },
    });
  });

  test('keeps all that it fetches', () => {
    const forever = { DATA_RETENTION_DAYS: '0', BACKFILL_DAYS: '3650' };
    expect(parseConfig(forever).history).toMatchObject({ retentionDays: 0, backfillDays: 3_650 });
    expect(() => parseConfig({ DATA_RETENTION_DAYS: '30' })).toThrow(
      'BACKFILL_DAYS: expected at most the 30 of DATA_RETENTION_DAYS, got 60',
    );
  });

  test('refuses a database where nothing is to be kept', () => {
    expect(() => parseConfig({ DATA_DIR: 'none', DB_HOST: 'db' })).toThrow(
      'DATA_DIR: expected a directory, because a database is set, got none',
    );
  });

  test.each([
    ['API_PORT', '70000', /API_PORT: expected a port .* got '70000'/],
    ['API_PORT', '-1', /API_PORT/],
    ['WEBSOCKET_PORT', 'http', /WEBSOCKET_PORT: .* got 'http'/],
    ['WEBSOCKET_MAX_CLIENTS', '0', /WEBSOCKET_MAX_CLIENTS/],
    ['WEBSOCKET_PING_INTERVAL', '25s', /WEBSOCKET_PING_INTERVAL: expected seconds/],
    ['TRACKED_PAIRS', 'EUR-USD', /TRACKED_PAIRS: .*EUR_USD,GBP_USD.*'EUR-USD'/],
    ['OANDA_ENVIRONMENT', 'prod', /OANDA_ENVIRONMENT: expected simulated, demo .* got 'prod'/],
    ['OANDA_ENVIRONMENT', 'live', /OANDA_API_KEY: expected an access token/],
    ['OANDA_URL', 'localhost:8100', /OANDA_URL: expected an http/],
    ['OANDA_URL', 'http://localhost:8100/v3', /OANDA_URL: .* without path/],
    ['OANDA_URL', 'http://me:secret@localhost', /OANDA_URL: .* got \*\*\*$/],
    ['STALE_AFTER', 'a\nb', /STALE_AFTER: .* got 'a b'/],
    ['WEBSOCKET_PORT', '5000', /WEBSOCKET_PORT: expected another port than API_PORT, got 5000/],
    ['OANDA_URL', 'http://localhost:8100', /OANDA_STREAM_URL: expected both/],
    ['FEEDS', 'nyse', /FEEDS: expected oanda, bybit, both .* or none, got 'nyse'/],
    ['FEEDS', 'oanda,none', /FEEDS: expected/],
    ['BYBIT_CATEGORY', 'option', /BYBIT_CATEGORY: expected linear, inverse or spot, got 'option'/],
    ['BYBIT_TIMEFRAMES', '1,7', /BYBIT_TIMEFRAMES: expected some of 1 3 5 .* got '1,7'/],
    ['BYBIT_SYMBOLS', 'BTC/USDT', /BYBIT_SYMBOLS: expected names such as BTCUSDT/],
    ['BYBIT_MAX_TOPICS', '-1', /BYBIT_MAX_TOPICS/],
    ['BYBIT_WS_URL', 'http://localhost', /BYBIT_WS_URL: expected a ws:/],
    ['BYBIT_WS_URL', 'ws://localhost:8102', /BYBIT_REST_URL: expected both/],
    ['DATABASE_URL', 'mysql://me:secret@db/prices', /DATABASE_URL: expected an .* got \*\*\*$/],
    ['BACKFILL_DAYS', 'all', /BACKFILL_DAYS: expected days from 0 to 3650, got 'all'/],
    ['DATA_RETENTION_DAYS', '-1', /DATA_RETENTION_DAYS: expected days .* got '-1'/],
    ['PRICE_AUDIT_RETENTION_HOURS', '0', /PRICE_AUDIT_RETENTION_HOURS: expected hours/],
    ['RECORD_TRADES', 'yes', /RECORD_TRADES: expected on or off, got 'yes'/],
    ['TIMESTAMP_STYLE', 'epoch', /TIMESTAMP_STYLE: expected iso or naive/],
    ['LOG_LEVEL', 'LOUD', /LOG_LEVEL/],
    ['SIMULATOR_SPEED', 'fast', /SIMULATOR_SPEED/],
    ['SIMULATOR_START', 'yesterday', /SIMULATOR_START/],
  ])('refuses %s=%s in one line that names it', (name, value, message) => {
    const attempt = () => parseConfig({ [name]: value });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/^[^\n]+$/);
  });

  test('refuses the testnet and another environment at once', () => {
    const attempt = () => parseConfig({ BYBIT_TESTNET: 'true', BYBIT_ENVIRONMENT: 'live' });
    expect(attempt).toThrow(/BYBIT_TESTNET: expected false, because BYBIT_ENVIRONMENT is live/);
  });

  test('shows no secret, not even a wrong one', () => {
    const attempt = () => parseConfig({ OANDA_API_KEY: 'my secret\ttoken' });
    expect(attempt).toThrow('OANDA_API_KEY: expected an access token, got ***');
  });

  test('refuses to listen nowhere', () => {
    const off = { API_PORT: 'off', WEBSOCKET_PORT: 'off', LIVE_PORT: 'off' };
    expect(() => parseConfig(off)).toThrow(/got off for all/);
  });

  test('every default is a value that the setting itself accepts', () => {
    for (const [name, { fallback, schema }] of Object.entries(SETTINGS)) {
      if (fallback !== undefined) {
        expect(schema.safeParse(fallback).success, name).toBe(true);
      }
    }
  });
});
