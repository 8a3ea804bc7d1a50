#!/usr/bin/env python3
"""A client of the FX price server: copy this file and subclass FXDataPipelineClient.

    pip install "python-socketio[asyncio_client]"   (Debian: python3-socketio python3-aiohttp)
    python3 fx_client.py [--transport websocket|polling] [http://localhost:5001] [EUR_USD ... | '*']
"""

import argparse
import asyncio
import random
import sys
import time
from collections import deque
from functools import partial

import socketio
from engineio.payload import Payload

# Over polling, one answer can carry a price of every pair: more than the library takes by default.
Payload.max_decode_packets = 1_000

DEFAULT_URL = 'http://localhost:5001'
DEFAULT_PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY']
MAX_ALERTS = 100
CONNECT_TIMEOUT_S = 10
RETRY_S = 1
MAX_RETRY_S = 10

_print = partial(print, flush=True)


class FXDataPipelineClient:
    """Follows prices and alerts.

    Every ``on_...`` method handles the server's event of that name, is there to be overridden, and
    may be a coroutine. What the client remembers is up to date before it is called. After a lost
    connection the client comes back by itself and subscribes again.
    """

    def __init__(self, url=DEFAULT_URL, transports=('websocket',)):
        self.url = url
        self.transports = list(transports)
        # The newest price of each instrument: decimal strings, as the venue sent them.
        self.prices = {}
        # The newest alerts, oldest first.
        self.alerts = deque(maxlen=MAX_ALERTS)
        # What the server follows, known once it has welcomed this client.
        self.tracked_pairs = []
        self._wanted = set()
        self._pings_sent_at = deque()
        self._retry_after = None
        self._sio = None

    @property
    def is_connected(self):
        return self._sio is not None and '/' in self._sio.namespaces

    async def run(self):
        """Connects, and again after every loss, until the task that runs this is cancelled.

        The library's own reconnection stays off: it gives up where a server that restarts says
        goodbye over polling.
        """
        retry_s = RETRY_S
        while True:
            try:
                await self._follow()
                retry_s = RETRY_S
            except socketio.exceptions.ConnectionError as error:
                await self._call('on_error', {'error': 'Cannot connect', 'message': str(error)})
                retry_s = min(2 * retry_s, MAX_RETRY_S)
            # Jittered, so that not all clients are back at the same moment.
            await asyncio.sleep(self._retry_after or retry_s * random.uniform(0.5, 1))
            self._retry_after = None

    async def subscribe(self, pairs):
        """Follows more pairs, ``[name, ...]`` or ``'*'``: all of them or, if one is unknown, none.

        Without a connection the request is made as soon as there is one."""
        names = _names_of(pairs)
        added = names - self._wanted
        self._wanted |= added

        async def refused(_):
            self._wanted -= added

        if self.is_connected:
            await self._request_subscription(names, refused)

    async def unsubscribe(self, pairs):
        """Ends what subscribe began; ``pairs`` is a list of names or ``'*'``."""
        names = _names_of(pairs)
        if '*' in names:
            self._wanted.clear()
        elif '*' in self._wanted:
            self._wanted = set(self.tracked_pairs)
        self._wanted -= names
        if self.is_connected:
            await self._emit('unsubscribe', {'pairs': _on_the_wire(names)})

    async def get_subscriptions(self):
        """Answered by on_subscriptions_info."""
        await self._emit('get_subscriptions')

    async def request_price(self, instrument):
        """Answered by on_price_response or on_price_error."""
        await self._emit('request_price', {'instrument': instrument})

    async def request_all_prices(self):
        """Answered by on_all_prices_response or on_price_error."""
        await self._emit('request_all_prices')

    async def get_server_stats(self):
        """Answered by on_server_stats or on_server_error."""
        await self._emit('get_server_stats')

    async def ping(self):
        """Measures the way to the server and back, for on_pong."""
        self._pings_sent_at.append(time.monotonic())
        await self._emit('ping')

    def print_prices(self):
        """Prints the newest price of every instrument."""
        for instrument, price in sorted(self.prices.items()):
            columns = ''.join(price[field].rjust(11) for field in ('bid', 'ask', 'mid'))
            _print(f"{instrument:8}{columns}  {price['time']}")

    def on_connect(self):
        _print('Connected')

    def on_disconnect(self):
        _print('Disconnected')

    def on_connection_established(self, data):
        _print(f"Client {data['client_id']}: {data['pair_count']} pairs, "
               f"{data['active_clients']}/{data['max_clients']} clients")

    def on_subscription_confirmed(self, data):
        _print(f"Subscribed to {data['pair_count']} pairs: {', '.join(data['pairs'])}")

    def on_unsubscription_confirmed(self, data):
        _print(data['message'])

    def on_subscriptions_info(self, data):
        _print(f"{data['pair_count']} subscriptions: {', '.join(data['subscribed_pairs'])}")

    def on_price_update(self, data):
        price = data['price']
        _print(f"{data['instrument']:8} {price['bid']} / {price['ask']}  {price['time']}")

    def on_price_response(self, data):
        _print(f"{data['instrument']} is at {data['price']['mid']}")

    def on_all_prices_response(self, data):
        _print(f"{data['pair_count']} prices")

    def on_volatility_alert(self, data):
        _print(f"[{data['severity']}] {data['instrument']}: {data['message']}")

    def on_correlation_alert(self, data):
        _print(f"[{data['severity']}] {data['message']}")

    def on_data_ready(self, data):
        _print(data['message'])

    def on_server_stats(self, data):
        _print(f"{data['active_clients']} clients, {data['total_subscriptions']} subscriptions")

    def on_pong(self, data, latency_ms):
        _print(f"Pong of {data['timestamp']} after {latency_ms:.1f} ms")

    def on_subscription_error(self, data):
        return self.on_error(data)

    on_unsubscription_error = on_subscription_error
    on_price_error = on_subscription_error
    on_server_error = on_subscription_error

    def on_error(self, data):
        """Every error comes here unless its own method is overridden."""
        more = f" ({data['message']})" if data.get('message') else ''
        print(f"Error: {data['error']}{more}", file=sys.stderr, flush=True)

    async def _follow(self):
        """Connects once; returns when the connection is lost."""
        sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        is_answered = asyncio.Event()
        is_over = asyncio.Event()
        refusals = []

        async def established(data):
            is_answered.set()
            self.tracked_pairs = data['tracked_pairs']
            await self._request_wanted()
            await self._call('on_connect')
            await self._call('on_connection_established', data)

        def refused(data):
            refusals.append(data.get('message') if isinstance(data, dict) else data)
            is_answered.set()

        async def lost():
            self._pings_sent_at.clear()
            is_answered.set()
            is_over.set()
            await self._call('on_disconnect')

        sio.on('connect_error', refused)
        sio.on('connection_established', established)
        sio.on('disconnect', lost)
        sio.on('*', self._receive)
        self._sio = sio
        try:
            await sio.connect(self.url, transports=self.transports, wait=False)
            await asyncio.wait_for(is_answered.wait(), CONNECT_TIMEOUT_S)
            if refusals:
                raise socketio.exceptions.ConnectionError(*refusals)
            await is_over.wait()
        except asyncio.TimeoutError:
            raise socketio.exceptions.ConnectionError('No answer') from None
        finally:
            await sio.disconnect()
            # Over polling the goodbye is a request of its own, which opens another HTTP session.
            await sio.eio.wait()
            if sio.eio.http is not None:
                await sio.eio.http.close()

    async def _receive(self, event, data):
        if event in ('price_update', 'price_response'):
            self.prices[data['instrument']] = data['price']
        elif event == 'all_prices_response':
            self.prices.update(data['prices'])
        elif event in ('volatility_alert', 'correlation_alert'):
            self.alerts.append(data)
        elif event == 'server_error':
            self._retry_after = data.get('retry_after')
        if event == 'pong':
            # The server answers in the order of the requests.
            sent_at = self._pings_sent_at.popleft()
            await self._call('on_pong', data, (time.monotonic() - sent_at) * 1000)
        else:
            await self._call(f'on_{event}', data)

    async def _call(self, handler, *args):
        result = getattr(self, handler, lambda *_: None)(*args)
        if asyncio.iscoroutine(result):
            await result

    async def _request_wanted(self):
        """A name that the server does not know must not cost the others their subscription."""
        async def refused(error):
            unknown = self._wanted - set(error['valid_pairs'])
            self._wanted -= unknown
            if unknown:
                await self._request_wanted()

        if self._wanted:
            await self._request_subscription(self._wanted, refused)

    async def _request_subscription(self, names, on_refused):
        async def answered(answer):
            if 'error' in answer:
                await on_refused(answer)

        await self._emit('subscribe', {'pairs': _on_the_wire(names)}, answered)

    async def _emit(self, event, data=None, callback=None):
        if not self.is_connected:
            raise socketio.exceptions.ConnectionError('Not connected')
        await self._sio.emit(event, data, callback=callback)


def _names_of(pairs):
    return {name.upper() for name in ([pairs] if isinstance(pairs, str) else pairs)}


def _on_the_wire(names):
    return '*' if '*' in names else sorted(names)


async def _follow_pairs(client, pairs):
    await client.subscribe(pairs)
    await client.run()


def main():
    parser = argparse.ArgumentParser(description='Prints prices and alerts until Ctrl-C.')
    parser.add_argument('--transport', choices=['websocket', 'polling'], default='websocket')
    parser.add_argument('url', nargs='?', default=DEFAULT_URL)
    parser.add_argument('pairs', nargs='*', default=DEFAULT_PAIRS, metavar='PAIR')
    options = parser.parse_args()
    client = FXDataPipelineClient(options.url, [options.transport])
    try:
        asyncio.run(_follow_pairs(client, options.pairs))
    except KeyboardInterrupt:
        client.print_prices()


if __name__ == '__main__':
    main()
