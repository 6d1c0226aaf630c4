"""The floor of a scan: a bare Sanic handler that runs the product's own statement through asyncpg. No session, no model, no log, no signature."""

import os
import sys
from uuid import UUID

import asyncpg
import orjson
from sanic import HTTPResponse, Request, Sanic

from config import clock
from models.database import credentials
from services.visits import ADMIT

app = Sanic("bare", configure_logging=False)
app.config.ACCESS_LOG = app.config.MOTD = False


@app.before_server_start
async def connect(app: Sanic) -> None:
    app.ctx.pool = await asyncpg.create_pool(**credentials(os.environ["DATABASE_URL"]), min_size=1, max_size=16)
    found = await app.ctx.pool.fetch("SELECT region, id, login_name FROM account WHERE kind = 'talent'")
    app.ctx.region, app.ctx.holders = found[0]["region"], {f"token-{one['login_name']}": one["id"] for one in found}
    app.ctx.serial = await app.ctx.pool.fetchval("SELECT max(serial) FROM board")


@app.get("/healthz")
async def alive(_: Request) -> HTTPResponse:
    return HTTPResponse("{}")


@app.post("/visits")
async def scan(request: Request) -> HTTPResponse:
    now, context = clock.now(), request.app.ctx
    holder = context.holders[request.headers["authorization"][7:]]
    found = await context.pool.fetchrow(ADMIT, context.region, holder, context.serial, 0, now.date(), now.isoweekday(), now.hour * 60 + now.minute,
                                        UUID(orjson.loads(request.body)["nonce"]), now)
    body = orjson.dumps({"id": str(found["id"]), "verdict": found["verdict"], "venue": found["venue"], "at": found["at"]})
    return HTTPResponse(body, content_type="application/json")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, motd=False, access_log=False)
