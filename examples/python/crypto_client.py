#!/usr/bin/env python3
"""Prints the candles of one symbol as they close: copy this file and use follow().

    pip install websockets   (10.4 or newer; Debian: python3-websockets)
    python3 crypto_client.py [--url ws://localhost:8000] [--symbol BTCUSDT] [--timeframe 1]
                             [--all] [--count N]
"""

import argparse
import asyncio
import json
import random
import sys
import time
from contextlib import aclosing
from datetime import datetime, timezone
from functools import partial
from urllib.parse import quote

import websockets

# What to do after a close code (PROTOCOL.md); after any other one, come back with a backoff.
RULES = {1001: 'later', 4008: 'recover', 4400: 'never', 4401: 'never', 4429: 'later'}
BACKOFF_BASE_S = 1
BACKOFF_CAP_S = 30
# A connection that lived so long was a good one: the next backoff begins anew.
SETTLED_S = 2
# Two heartbeats are 60 s.
SILENT_AFTER_S = 70
OPEN_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 2
ABNORMAL_CLOSURE = 1006

_print = partial(print, flush=True)
_report = partial(print, file=sys.stderr, flush=True)


class Refused(Exception):
    """The server will not have this request, now or later."""


async def follow(server, symbol, timeframe, report=_report, silent_after_s=SILENT_AFTER_S):
    """Yields each message of the server as a dict, without end; prices in it are decimal strings.

    After a lost connection it comes back by itself, when the close code says so; a new
    confirmation and a new snapshot then come first. Raises Refused where coming back is no use.
    ``report`` is called with a line about every loss.
    """
    url = f'{server}/api/v1/live/ws/candles/{quote(symbol, safe="")}/{timeframe}'
    attempt = 0
    while True:
        live_since = refusal = None
        try:
            async with websockets.connect(
                url, open_timeout=OPEN_TIMEOUT_S, close_timeout=CLOSE_TIMEOUT_S
            ) as socket:
                while True:
                    message = json.loads(await asyncio.wait_for(socket.recv(), silent_after_s))
                    if message.get('success'):
                        live_since = time.monotonic()
                    elif message.get('type') == 'error':
                        refusal = message
                    yield message
        except websockets.exceptions.ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else ABNORMAL_CLOSURE
            why = _describe(code, refusal)
        except asyncio.TimeoutError:
            code, why = None, 'the server is silent'
        except (OSError, websockets.exceptions.InvalidHandshake) as error:
            code, why = None, str(error)
        if live_since is not None and time.monotonic() - live_since >= SETTLED_S:
            attempt = 0
        delay_s = _retry_delay_s(code, refusal, attempt)
        if delay_s is None:
            raise Refused(why)
        attempt += 1
        report(f'Lost: {why}; coming back in {delay_s:.1f} s')
        await asyncio.sleep(delay_s)


def _describe(code, refusal):
    if refusal is None:
        return f'closed with {code}'
    return f"{refusal['error_code']} ({code}): {refusal['error_message']}"


def _retry_delay_s(code, refusal, attempt):
    """None: never. Jittered, so that not all clients are back at the same moment."""
    rule = RULES.get(code)
    if rule == 'never':
        return None
    if rule == 'later' and refusal and refusal.get('retry_after'):
        return refusal['retry_after'] * random.uniform(1, 1.2)
    if rule == 'recover' and attempt == 0:
        return 0
    return random.uniform(0, min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2 ** attempt))


def format_candle(candle):
    """A candle in one line, its start in UTC."""
    start = datetime.fromtimestamp(candle['start'] / 1000, timezone.utc)
    figures = ' '.join(f'{name[0].upper()} {candle[name]}'
                       for name in ('open', 'high', 'low', 'close', 'volume'))
    phase = 'forming' if not candle['confirm'] else 'corrected' if 'revision' in candle else ''
    return f'{start:%Y-%m-%d %H:%M} {figures} {phase}'.rstrip()


async def _print_candles(options):
    left = options.count
    async with aclosing(follow(options.url, options.symbol, options.timeframe)) as messages:
        async for message in messages:
            kind = message.get('type')
            if message.get('success'):
                _print(message['message'])
            elif kind == 'snapshot':
                count, last = len(message['candles']), message['candles'][-1]
                _print(f'Snapshot of {count} candles, the last: {format_candle(last)}')
            elif kind == 'update' and (options.all or message['candle']['confirm']):
                _print(format_candle(message['candle']))
                left -= 1
                if left == 0:
                    return


def main():
    parser = argparse.ArgumentParser(description='Prints candles as they close, until Ctrl-C.')
    parser.add_argument('--url', default='ws://localhost:8000', help='the server')
    parser.add_argument('--symbol', default='BTCUSDT')
    parser.add_argument('--timeframe', default='1', help='1 3 5 15 30 60 120 240 360 720 D W M')
    parser.add_argument('--all', action='store_true', help='also print candles that still form')
    parser.add_argument('--count', type=int, default=0, help='end after so many lines of candles')
    try:
        asyncio.run(_print_candles(parser.parse_args()))
    except (Refused, websockets.exceptions.InvalidURI) as error:
        sys.exit(f'Error: {error}')
    except KeyboardInterrupt:
        pass


if __name__ == '__main__':
    main()
