"""Calls every method of the example client and prints each event as a line of JSON."""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'python'))

from fx_client import FXDataPipelineClient  # noqa: E402


class Exercise(FXDataPipelineClient):
    async def on_connection_established(self, data):
        report('on_connection_established', data)
        await self.subscribe(['eur_usd', 'USD_JPY'])
        await self.subscribe(['NO_PAIR'])
        await self.unsubscribe('USD_JPY')
        await self.unsubscribe([])
        await self.get_subscriptions()
        await self.request_price('EUR_USD')
        await self.request_price('NO_PAIR')
        await self.request_all_prices()
        await self.get_server_stats()
        await self.ping()

    def on_all_prices_response(self, data):
        report('on_all_prices_response', {'prices': len(self.prices)})

    def on_correlation_alert(self, data):
        report('on_correlation_alert', {'alerts': len(self.alerts)})


def report(name, data=None, latency_ms=None):
    print(json.dumps({'handler': name, 'data': data, 'latency_ms': latency_ms}), flush=True)


def reporter(name):
    return lambda self, *args: report(name, *args)


for handler in dir(FXDataPipelineClient):
    if handler.startswith('on_') and handler not in vars(Exercise):
        setattr(Exercise, handler, reporter(handler))

try:
    asyncio.run(Exercise(sys.argv[1], [sys.argv[2]]).run())
except KeyboardInterrupt:
    pass
