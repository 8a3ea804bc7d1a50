import { describe, expect, test } from 'vitest';
import { alert, candleUpdate, price, recorder } from './support/events.ts';
import { ScriptedServer, follow } from './support/scripted-server.ts';

const PRICE = 'price:EUR_USD';
const CANDLES = 'candles:BTCUSDT:1';
const [ALERTS, OF_PAIR] = ['alerts', 'alerts:EUR_USD'];

describe('a client that comes back', () => {
  test('asks for what it missed, and is sent it', async () => {
    const { server, socket, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    socket.say({ channel: PRICE, seq: 7, data: price('7') });
    const next = await server.cut();
    expect(next.asked).toEqual({ [PRICE]: { since: 7, epoch: 'e' } });
    next.confirm({ [PRICE]: { epoch: 'e', seq: 9, recovered: true } });
    for (const seq of [8, 9, 10]) {
      next.say({ channel: PRICE, seq, data: price(String(seq)) });
    }
    expect(lines).toEqual(['7: 7', 'recovered 8-9', '8: 8', '9: 9', '10: 10']);
  });

  test('is told what is lost, and gets the state', async () => {
    const { server, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    const next = await server.cut();
    const snapshot = { price: price('50').price };
    next.confirm({ [PRICE]: { epoch: 'e', seq: 50, recovered: false, snapshot } });
    next.say({ channel: PRICE, seq: 51, data: price('51') });
    expect(lines).toEqual(['gap 7-50', 'snapshot 50', '51: 51']);
  });

  test('is told that nobody knows how much is lost under a new epoch', async () => {
    const { server, lines } = await follow('trades:BTCUSDT', { epoch: 'e', seq: 6 });
    let next = await server.cut();
    next.confirm({ 'trades:BTCUSDT': { epoch: 'f', seq: 2, recovered: false } });
    next = await server.cut();
    expect(next.asked).toEqual({ 'trades:BTCUSDT': { since: 2, epoch: 'f' } });
    expect(lines).toEqual(['gap 7-?']);
  });

  test('asks anew for what was lost before the server answered', async () => {
    const { server, socket, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    socket.say({ channel: PRICE, seq: 7, data: price('7') });
    await server.cut();
    const next = await server.cut();
    expect(next.asked).toEqual({ [PRICE]: { since: 7, epoch: 'e' } });
    next.confirm({ [PRICE]: { epoch: 'e', seq: 9, recovered: true } });
    next.say({ channel: PRICE, seq: 8, data: price('8') });
    const last = await server.cut();
    expect(last.asked).toEqual({ [PRICE]: { since: 8, epoch: 'e' } });
    expect(lines).toEqual(['7: 7', 'recovered 8-9', '8: 8']);
  });

  test('keeps no number of a channel that was left', async () => {
    const { server, socket } = await follow(PRICE, { epoch: 'e', seq: 6 });
    server.client.subscribe('system').unsubscribe();
    const next = await server.cut();
    expect(Object.keys(next.asked)).toEqual([PRICE]);
    expect(socket.ended).toBeUndefined();
  });
});

describe('a hole in the numbers', () => {
  test('is none where the message says that it stands for those before it', async () => {
    const { server, socket, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    socket.say({ channel: PRICE, seq: 9, conflated: 3, data: price('9') });
    socket.say({ channel: PRICE, seq: 10, data: price('10') });
    await server.clock.advance(0);
    expect(lines).toEqual(['9: 9 of 3', '10: 10']);
    expect(socket.subscribes).toHaveLength(1);
  });

  test('is asked for where the message stands for too few', async () => {
    const { server, socket, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    socket.say({ channel: PRICE, seq: 9, conflated: 2, data: price('9') });
    await server.clock.advance(0);
    expect(socket.asked).toEqual({ [PRICE]: { since: 6, epoch: 'e' } });
    expect(lines).toEqual([]);
  });

  test('is asked for', async () => {
    const { server, socket, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    socket.say({ channel: PRICE, seq: 9, data: price('9') });
    socket.say({ channel: PRICE, seq: 10, data: price('10') });
    await server.clock.advance(0);
    expect(socket.asked).toEqual({ [PRICE]: { since: 6, epoch: 'e' } });
    socket.confirm({ [PRICE]: { epoch: 'e', seq: 10, recovered: true } });
    socket.say({ channel: PRICE, seq: 7, data: price('7') });
    expect(lines).toEqual(['recovered 7-10', '7: 7']);
  });

  test('is told where asking was in vain', async () => {
    const { server, socket, lines } = await follow(PRICE, { epoch: 'e', seq: 6 });
    socket.say({ channel: PRICE, seq: 9, data: price('9') });
    await server.clock.advance(0);
    socket.confirm({ [PRICE]: { epoch: 'e', seq: 9, recovered: true } });
    socket.say({ channel: PRICE, seq: 9, data: price('9') });
    socket.say({ channel: PRICE, seq: 10, data: price('10') });
    expect(lines).toEqual(['recovered 7-9', 'gap 7-8', '9: 9', '10: 10']);
    expect(socket.subscribes).toHaveLength(2);
  });

  test('is none of candles that are wanted when they are over', async () => {
    const answer = { epoch: 'e', seq: 6, confirmed_only: true } as const;
    const { server, socket, lines } = await follow(CANDLES, answer, { confirmedOnly: true });
    socket.say({ channel: CANDLES, seq: 60, data: candleUpdate(1) });
    expect(lines).toEqual(['60: 1']);
    const next = await server.cut();
    expect(next.asked).toEqual({ [CANDLES]: { since: 60, epoch: 'e', confirmed_only: true } });
  });
});

describe('alerts', () => {
  test('of two channels are handed out once, and count in both', async () => {
    const server = new ScriptedServer();
    const [all, ofPair] = [recorder(), recorder()];
    server.client.subscribe(ALERTS, all.handlers);
    server.client.subscribe(OF_PAIR, ofPair.handlers);
    const socket = await server.open();
    const answer = { [ALERTS]: { epoch: 'e', seq: 4 }, [OF_PAIR]: { epoch: 'e', seq: 1 } };
    socket.confirm(answer);
    const five = alert('e:5', { [ALERTS]: 5, [OF_PAIR]: 2 });
    socket.say({ channel: ALERTS, seq: 5, data: five });
    const next = await server.cut();
    expect(next.asked).toEqual({
      [ALERTS]: { since: 5, epoch: 'e' },
      [OF_PAIR]: { since: 2, epoch: 'e' },
    });
    const recovered = { epoch: 'e', recovered: true };
    next.confirm({ [ALERTS]: { ...recovered, seq: 7 }, [OF_PAIR]: { ...recovered, seq: 3 } });
    const seven = alert('e:7', { [ALERTS]: 7, [OF_PAIR]: 3 });
    next.say({ channel: OF_PAIR, seq: 3, data: seven });
    next.say({ channel: ALERTS, seq: 7, data: seven });
    expect(all.lines).toEqual(['5: e:5', 'recovered 6-7']);
    expect(ofPair.lines).toEqual(['recovered 3-3', '3: e:7']);
  });

  test('that came before others by another channel do not hide those', async () => {
    const server = new ScriptedServer();
    const { lines, handlers } = recorder();
    server.client.subscribe(ALERTS, handlers);
    server.client.subscribe(OF_PAIR, handlers);
    const socket = await server.open();
    socket.confirm({ [ALERTS]: { epoch: 'e', seq: 4 }, [OF_PAIR]: { epoch: 'e', seq: 1 } });
    socket.say({ channel: OF_PAIR, seq: 2, data: alert('e:6', { [ALERTS]: 6, [OF_PAIR]: 2 }) });
    let next = await server.cut();
    expect(next.asked[ALERTS]).toEqual({ since: 4, epoch: 'e' });
    next.confirm({
      [ALERTS]: { epoch: 'e', seq: 7, recovered: true },
      [OF_PAIR]: { epoch: 'e', seq: 2, recovered: true },
    });
    next.say({ channel: ALERTS, seq: 5, data: alert('e:5', { [ALERTS]: 5 }) });
    next.say({ channel: ALERTS, seq: 7, data: alert('e:7', { [ALERTS]: 7 }) });
    expect(lines).toEqual(['2: e:6', 'recovered 5-7', 'recovered 3-2', '5: e:5', '7: e:7']);
    next = await server.cut();
    expect(next.asked[ALERTS]).toEqual({ since: 7, epoch: 'e' });
  });

  test('over a channel that was just left reach the other one', async () => {
    const server = new ScriptedServer();
    const [all, ofPair] = [recorder(), recorder()];
    const left = server.client.subscribe(ALERTS, all.handlers);
    server.client.subscribe(OF_PAIR, ofPair.handlers);
    const socket = await server.open();
    socket.confirm({ [ALERTS]: { epoch: 'e', seq: 4 }, [OF_PAIR]: { epoch: 'e', seq: 1 } });
    left.unsubscribe();
    socket.say({ channel: ALERTS, seq: 5, data: alert('e:5', { [ALERTS]: 5, [OF_PAIR]: 2 }) });
    expect(all.lines).toEqual([]);
    expect(ofPair.lines).toEqual(['2: e:5']);
  });

  test('are filled in from the state, and what is left is told', async () => {
    const shown = alert('e:1', { [ALERTS]: 1 });
    const answer = { epoch: 'e', seq: 1, snapshot: { alerts: [shown] } };
    const { server, socket, lines } = await follow(ALERTS, answer);
    const two = alert('e:2', { [ALERTS]: 2 });
    socket.say({ channel: ALERTS, seq: 2, data: two });
    let next = await server.cut();
    const four = alert('f:4', { [ALERTS]: 4 });
    const kept = { alerts: [shown, two, four] };
    next.confirm({ [ALERTS]: { epoch: 'f', seq: 4, recovered: false, snapshot: kept } });
    expect(lines).toEqual(['2: e:2', '4: f:4', 'snapshot e:1 e:2 f:4']);
    next = await server.cut();
    const ten = { alerts: [alert('f:9', { [ALERTS]: 9 }), alert('f:10', { [ALERTS]: 10 })] };
    next.confirm({ [ALERTS]: { epoch: 'f', seq: 10, recovered: false, snapshot: ten } });
    expect(lines.slice(3)).toEqual(['9: f:9', '10: f:10', 'gap 5-8', 'snapshot f:9 f:10']);
  });

  test('of a server that has crashed are handed out once each, without numbers', async () => {
    const server = new ScriptedServer();
    const [all, ofPair] = [recorder(), recorder()];
    server.client.subscribe(ALERTS, all.handlers);
    server.client.subscribe(OF_PAIR, ofPair.handlers);
    const socket = await server.open();
    const one = alert('e:1', { [ALERTS]: 1 });
    const shown = { alerts: [one] };
    socket.confirm({
      [ALERTS]: { epoch: 'e', seq: 1, snapshot: shown },
      [OF_PAIR]: { epoch: 'e', seq: 0, snapshot: { alerts: [], complete: true } },
    });
    socket.say({ channel: ALERTS, seq: 2, data: alert('e:2', { [ALERTS]: 2, [OF_PAIR]: 1 }) });
    const next = await server.cut();
    const kept = ['e:1', 'e:2', 'e:3', 'e:4'].map((id) => alert(id, {}));
    const [first, ...ours] = kept;
    const state = { epoch: 'f', seq: 0, recovered: false } as const;
    next.confirm({
      [ALERTS]: { ...state, snapshot: { alerts: [...(first ? [first] : []), ...ours] } },
      [OF_PAIR]: { ...state, snapshot: { alerts: ours } },
    });
    next.say({ channel: ALERTS, seq: 1, data: alert('f:1', { [ALERTS]: 1, [OF_PAIR]: 1 }) });
    expect(all.lines).toEqual([
      'snapshot e:1',
      '2: e:2',
      '-: e:3',
      '-: e:4',
      'snapshot e:1 e:2 e:3 e:4',
      '1: f:1',
    ]);
    expect(ofPair.lines).toEqual(['snapshot ', 'snapshot e:2 e:3 e:4']);
  });

  test('are all there where the state is complete, though none of it is known', async () => {
    const { server, lines } = await follow(ALERTS, { epoch: 'e', seq: 0 });
    const state = { epoch: 'f', seq: 0, recovered: false } as const;
    let next = await server.cut();
    next.confirm({ [ALERTS]: { ...state, snapshot: { alerts: [], complete: true } } });
    expect(lines).toEqual(['snapshot ']);
    next = await server.cut();
    const alerts = [alert('f:1', {}), alert('f:2', {})];
    next.confirm({ [ALERTS]: { ...state, epoch: 'g', snapshot: { alerts, complete: true } } });
    expect(lines.slice(1)).toEqual(['-: f:1', '-: f:2', 'snapshot f:1 f:2']);
  });

  test('may be lost where the state does not say so, or there is none', async () => {
    const { server, lines } = await follow(ALERTS, { epoch: 'e', seq: 3 });
    const state = { epoch: 'f', seq: 0, recovered: false } as const;
    let next = await server.cut();
    next.confirm({ [ALERTS]: { ...state, snapshot: { alerts: [alert('e:9', {})] } } });
    expect(lines).toEqual(['-: e:9', 'gap 4-?', 'snapshot e:9']);
    next = await server.cut();
    next.confirm({ [ALERTS]: { ...state, epoch: 'g' } });
    expect(lines.slice(3)).toEqual(['gap 1-?']);
  });

  test('that are asked for in vain are told, and those after them go on', async () => {
    const { server, socket, lines } = await follow(ALERTS, { epoch: 'e', seq: 4 });
    for (const seq of [7, 7, 8]) {
      socket.say({ channel: ALERTS, seq, data: alert(`e:${seq}`, { [ALERTS]: seq }) });
      await server.clock.advance(0);
      socket.confirm({ [ALERTS]: { epoch: 'e', seq: 7, recovered: true } });
    }
    expect(lines).toEqual(['7: e:7', 'recovered 5-7', 'gap 5-6', '8: e:8']);
    const next = await server.cut();
    expect(next.asked).toEqual({ [ALERTS]: { since: 8, epoch: 'e' } });
  });

  test('after a hole are handed out, and those before them asked for', async () => {
    const { server, socket, lines } = await follow(ALERTS, { epoch: 'e', seq: 4 });
    const [five, six] = [alert('e:5', { [ALERTS]: 5 }), alert('e:6', { [ALERTS]: 6 })];
    socket.say({ channel: ALERTS, seq: 6, data: six });
    await server.clock.advance(0);
    expect(socket.asked).toEqual({ [ALERTS]: { since: 4, epoch: 'e' } });
    socket.confirm({ [ALERTS]: { epoch: 'e', seq: 6, recovered: true } });
    socket.say({ channel: ALERTS, seq: 5, data: five });
    socket.say({ channel: ALERTS, seq: 6, data: six });
    expect(lines).toEqual(['6: e:6', 'recovered 5-6', '5: e:5']);
  });
});
