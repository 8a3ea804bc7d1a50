"""The whole event table, as an unmodified python-socketio client of this machine sees it.

Prints one JSON object: what each request was answered with, and how often it was disconnected.
"""
import asyncio
import json
import sys

import socketio


async def main(url, transports):
    client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.1)
    received = {}
    changed = asyncio.Event()
    disconnects = 0

    def remember(event):
        def handle(payload=None):
            received.setdefault(event, []).append(payload)
            changed.set()

        return handle

    for event in (
        "connection_established subscription_confirmed subscription_error unsubscription_confirmed "
        "unsubscription_error subscriptions_info price_response price_update price_error "
        "all_prices_response server_stats server_error pong volatility_alert correlation_alert data_ready"
    ).split():
        client.on(event, remember(event))

    @client.event
    def disconnect():
        nonlocal disconnects
        disconnects += 1
        changed.set()

    async def wait_for(event, count):
        while len(received.get(event, [])) < count:
            changed.clear()
            await asyncio.wait_for(changed.wait(), 20)
        return received[event][count - 1]

    answers = {}

    async def request(name, event, payload, answer):
        before = len(received.get(answer, []))
        await (client.emit(event) if payload is None else client.emit(event, payload))
        answers[name] = await wait_for(answer, before + 1)

    await client.connect(url, transports=transports)
    answers["welcome"] = await wait_for("connection_established", 1)
    await request("all", "subscribe", {"pairs": "*"}, "subscription_confirmed")
    await wait_for("price_update", 40)
    await request("info", "get_subscriptions", None, "subscriptions_info")
    await request("unsubscribed", "unsubscribe", {"pairs": ["EUR_USD"]}, "unsubscription_confirmed")
    await request("bad_subscribe", "subscribe", {"pairs": ["INVALID_PAIR"]}, "subscription_error")
    await request("bad_unsubscribe", "unsubscribe", {}, "unsubscription_error")
    await request("price", "request_price", {"instrument": "EUR_USD"}, "price_response")
    await request("bad_price", "request_price", {"instrument": "INVALID_USD"}, "price_error")
    await request("prices", "request_all_prices", None, "all_prices_response")
    await request("stats", "get_server_stats", None, "server_stats")
    await request("pong", "ping", None, "pong")
    await request("unknown", "no_such_event", {}, "server_error")
    answers["acknowledged"] = await client.call("subscribe", {"pairs": ["USD_JPY"]}, timeout=20)
    print(json.dumps({"answers": answers, "disconnects": disconnects}), flush=True)

    # The test now publishes alerts, restarts the server on the same port, and waits for us.
    for event in ("volatility_alert", "correlation_alert", "data_ready"):
        answers[event] = await wait_for(event, 1)
    print(json.dumps({"answers": answers, "disconnects": disconnects}), flush=True)
    answers["notice"] = await wait_for("server_error", 2)
    answers["welcome_back"] = await wait_for("connection_established", 2)
    print(json.dumps({"answers": answers, "disconnects": disconnects}), flush=True)
    await client.disconnect()


asyncio.run(main(sys.argv[1], sys.argv[2].split(",")))
