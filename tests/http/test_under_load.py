"""Forty log-ins at once: a few at a time, and health answers beside them."""

import asyncio
from collections import Counter

import httpx2
from anyio import fail_after, to_thread

from api.app import create_app
from tests.support.world import World

LOG_INS, AT_ONCE = "/api/v1/log-ins", 40


def client_of(world: World) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(create_app(world.services))
    return httpx2.AsyncClient(transport=transport, base_url="http://testserver")


async def rush(world: World) -> tuple[list[httpx2.Response], httpx2.Response]:
    async with client_of(world) as client:
        sent = [
            asyncio.create_task(
                client.post(LOG_INS, json={"name": f"nobody-{number}", "password": "x"})
            )
            for number in range(AT_ONCE)
        ]
        beside = await client.get("/healthz")
        return await asyncio.gather(*sent), beside


def test_forty_log_ins_at_once(sqlite_world: World) -> None:
    answers, beside = asyncio.run(rush(sqlite_world))
    assert beside.status_code == 200
    codes = Counter((answer.status_code, answer.json()["code"]) for answer in answers)
    judged, busy = (401, "organisations.log-in-refused"), (503, "organisations.log-ins-busy")
    assert set(codes) == {judged, busy}
    assert codes[judged] >= 2  # how many wait long enough is for the machine to say
    told = next(answer for answer in answers if answer.status_code == 503)
    assert int(told.headers["retry-after"]) > 0


def test_health_needs_no_thread_of_the_pages(sqlite_world: World) -> None:
    async def with_every_thread_busy() -> int:
        threads = to_thread.current_default_thread_limiter()
        for number in range(int(threads.total_tokens)):
            await threads.acquire_on_behalf_of(number)
        async with client_of(sqlite_world) as client:
            with fail_after(10):
                return (await client.get("/healthz")).status_code

    assert asyncio.run(with_every_thread_busy()) == 200
