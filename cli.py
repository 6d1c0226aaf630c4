"""``greenlane``: everything that a person starts from a terminal."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from config.clock import now
from config.settings import settings

T = TypeVar("T")
OPENAPI = Path("docs/openapi.json")
main = typer.Typer(name="greenlane", no_args_is_help=True, add_completion=False, help="Greenlane 人才绿色通道")
keys_commands = typer.Typer(no_args_is_help=True, help="the key ring")
main.add_typer(keys_commands, name="keys")
wechat_commands = typer.Typer(no_args_is_help=True, help="the official account")
main.add_typer(wechat_commands, name="wechat")
profile_commands = typer.Typer(no_args_is_help=True, help="what a region says about itself: check it, draw its routes, begin a new one")
main.add_typer(profile_commands, name="profile")


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run one asynchronous command with logging set up."""
    from config import logs

    logs.configure(settings().in_production)
    return asyncio.run(work)


@main.command()
def dev() -> None:
    """Start everything on this machine: servers, demo data, sandbox, worker, web. Ctrl-C stops all of it."""
    import development

    development.run()


@main.command()
def serve() -> None:
    """Serve the web faces (DATABASE_URL, REDIS_URL and the rest from the environment)."""
    from functools import partial

    from sanic import Sanic
    from sanic.worker.loader import AppLoader

    from app import create_app

    config = settings()
    loader = AppLoader(factory=partial(create_app, config))
    served = loader.load()
    served.prepare(host=config.host, port=config.port, workers=config.workers, motd=False, access_log=False, single_process=config.workers == 1)
    if config.workers == 1:
        Sanic.serve_single(primary=served)
    else:
        Sanic.serve(primary=served, app_loader=loader)


@main.command()
def worker() -> None:
    """Deliver, settle, supervise, clean up: what happens without anybody asking."""
    import worker as jobs
    from config import logs

    logs.configure(settings().in_production)
    jobs.main(settings())


@main.command()
def migrate() -> None:
    """Bring the database up to date. Safe to run from many machines at once."""
    from models.migrate import upgrade

    applied = in_loop(upgrade(settings().database_url))
    typer.echo("\n".join(applied) if applied else "nothing to do")


@main.command("load-region")
def load_region(code: Annotated[str, typer.Argument(help="code of the region")] = "", all: Annotated[bool, typer.Option("--all")] = False) -> None:
    """Make a region's profile the current one, and fill in content that is not there yet."""
    from config.loading import regions

    codes = regions(settings().regions) if all else [code] if code else []
    if not codes:
        raise typer.BadParameter("give a region's code, or --all")
    in_loop(_load([_read(settings().regions / one) for one in codes]))


def _read(folder: Path) -> Any:
    from config.loading import WrongProfile, read_profile

    try:
        return read_profile(folder)
    except WrongProfile as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from None


async def _load(profiles: list[Any]) -> None:
    from models import database
    from services import regions

    context = await database.connect(settings().database_url, 2)
    try:
        for profile in profiles:
            region = await regions.load(profile, now())
            typer.echo(f"{region.code} {region.name}: version {region.version}")
    finally:
        await context.close_connections()


@main.command("first-account")
def first_account(
    region: Annotated[str, typer.Argument(help="code of the region")],
    login_name: Annotated[str, typer.Argument(help="name to log in with")],
    name: Annotated[str, typer.Argument(help="the person's name")],
    phone: Annotated[str, typer.Argument(help="mobile number")],
    organisation: Annotated[str, typer.Option("--at", help="code of the organisation")],
    role: Annotated[str, typer.Option("--role", help="role that can manage_accounts; all further accounts are made at the desk")],
) -> None:
    """Make the account that makes all others. Prints a password for the first login, once."""
    from config.errors import Refusal

    try:
        password = in_loop(_first_account(region, login_name, name, phone, organisation, role))
    except Refusal as why:
        typer.echo(f"{why} {why.context or ''}".rstrip(), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{login_name}: {password}  (for the first login only; it is shown nowhere else)")


async def _first_account(code: str, login_name: str, name: str, phone: str, organisation: str, role: str) -> str:
    from config.errors import Invalid
    from config.vocabulary import Permission
    from models import database
    from models.organisation import Organisation
    from services import accounts, regions
    from services.actors import Actor

    context = await database.connect(settings().database_url, 2)
    try:
        region = await regions.current(code)
        if role not in region.profile.roles or Permission.MANAGE_ACCOUNTS not in region.profile.roles[role].can:
            able = [known for known, said in region.profile.roles.items() if Permission.MANAGE_ACCOUNTS in said.can]
            raise Invalid({"role": f"one of {', '.join(able)}"})
        place = await Organisation.of(code, code=organisation).first()
        if place is None:
            raise Invalid({"at": "the code of an organisation"})
        password = accounts.one_time_password()
        await accounts.create_staff(region, Actor.system(code), login_name=login_name, name=name, phone=phone, now=now(),
                                    roles=[accounts.RoleIn(place.id, role)], password=password, one_time=True)
        return password
    finally:
        await context.close_connections()


@main.command()
def check() -> None:
    """Go through the database and the files and say which invariant does not hold, and where. Changes nothing."""
    broken = in_loop(_check())
    for line in broken:
        typer.echo(line)
    if broken:
        raise typer.Exit(1)
    typer.echo("every invariant holds")


async def _check() -> list[str]:
    from models import database
    from services import checks

    context = await database.connect(settings().database_url, 2, statement_seconds=checks.SECONDS)
    try:
        return [str(finding) for finding in (*await checks.run(now()), *await checks.of_files(now()))]
    finally:
        await context.close_connections()


@main.command("settings")
def show_settings() -> None:
    """Print every setting with its default and meaning (the table of docs/operations.md)."""
    from config.settings import described

    typer.echo(described())


@main.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="for programs: part, label, well, words, mend")] = False) -> None:
    """检查上线所需的一切：机器、公开网址、短信、微信。每一项说明哪里不对、改哪个设置；有不对的，退出码是 1。"""
    from dataclasses import asdict

    from pydantic import ValidationError

    from development import join_running
    from web import doctor as examination

    try:
        join_running(settings())
        config = settings()
    except ValidationError as wrong:
        findings = [examination.Finding("settings", "设置", False, str(one["msg"]).removeprefix("Value error, "), "改环境变量后再检查")
                    for one in wrong.errors()]
    else:
        from web.doctor import machine, messages, reach
        from wechat import doctor as wechat

        findings = in_loop(examination.examine(config, (*machine.CHECKS, *reach.CHECKS, *messages.CHECKS, *wechat.CHECKS)))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=1))
    else:
        for one in findings:
            typer.echo(f"{'正常' if one.well else '不对'}  {one.label}：{one.words}" + (f"\n      怎么办：{one.mend}" if one.mend else ""))
    if not all(one.well for one in findings):
        raise typer.Exit(1)


@main.command()
def openapi(path: Path = OPENAPI, check: Annotated[bool, typer.Option("--check", help="only say whether it is up to date")] = False) -> None:
    """Write the description of the mini program's API."""
    from app import create_app
    from web.openapi import document

    text = json.dumps(document(create_app(settings())), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if not check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        typer.echo(f"{path} is not what the routes say: make openapi", err=True)
        raise typer.Exit(1)


@keys_commands.command("new")
def keys_new(path: Annotated[Path, typer.Argument(help="file to write; must not exist")]) -> None:
    """Make a key ring for GREENLANE_KEY_FILE, readable by its owner alone."""
    import os

    from config.keys import new_ring

    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(new_ring(), file, indent=1)
    typer.echo(f"wrote {path}; keep a copy where the database's backups are not")


@keys_commands.command("seal")
def keys_seal() -> None:
    """Seal what was written before its column was sealed. May run beside everything, be stopped, and be run again."""
    from services.sealing import seal_rest

    done = in_loop(_counted(seal_rest))
    typer.echo(", ".join(f"{table}: {count}" for table, count in done.items()) if done else "nothing to do")


async def _counted(work: Callable[[], AsyncIterator[tuple[str, int]]]) -> dict[str, int]:
    from models import database

    context = await database.connect(settings().database_url, 2)
    done: dict[str, int] = {}
    try:
        async for name, count in work():
            done[name] = done.get(name, 0) + count
    finally:
        await context.close_connections()
    return done


def _folder(where: str) -> Path:
    """Of a region by its code, or the folder itself."""
    known = settings().regions / where
    return known if known.is_dir() else Path(where).resolve()


@profile_commands.command("check")
def profile_check(
    where: Annotated[list[str] | None, typer.Argument(help="regions' codes or folders; none: all regions")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="warnings count as mistakes")] = False,
) -> None:
    """Say everything that is wrong, and what deserves a second look. Needs no database and changes nothing."""
    from config.loading import regions

    wrong = [_is_wrong(_folder(one), strict) for one in where or regions(settings().regions)]
    if any(wrong):
        raise typer.Exit(1)


def _is_wrong(folder: Path, strict: bool) -> bool:
    from config.advice import warnings_of
    from config.loading import WrongProfile

    try:
        warnings = warnings_of(folder)
    except WrongProfile as wrong:
        typer.echo(str(wrong))
        return True
    typer.echo(f"profile {folder.name}: {f'{len(warnings)} warning(s)' if warnings else 'ok'}")
    for warning in warnings:
        typer.echo(f"  warning {warning}")
    return strict and bool(warnings)


@profile_commands.command("draw")
def profile_draw(
    region: Annotated[str, typer.Argument(help="a region's code or folder")],
    matter: Annotated[str, typer.Argument(help="code of the matter; none: all, each into a file of the folder -o")] = "",
    form: Annotated[str, typer.Option("--format", help="svg or mermaid")] = "svg",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="file to write, or folder for all matters; else the terminal")] = None,
) -> None:
    """Draw a matter's route as officials read it."""
    from config.drawing import FORMATS, plan_of

    profile = _read(_folder(region))
    if form not in FORMATS:
        raise typer.BadParameter(f"one of {', '.join(FORMATS)}", param_hint="--format")
    if matter and matter not in profile.matters:
        raise typer.BadParameter(f"one of {', '.join(profile.matters)}", param_hint="matter")
    if not matter and output is None:
        raise typer.BadParameter(f"name a matter ({', '.join(profile.matters)}), or a folder with -o", param_hint="matter")
    ending, draw = FORMATS[form]
    if output is not None and not matter:
        output.mkdir(parents=True, exist_ok=True)
    for code in [matter] if matter else profile.matters:
        text = draw(plan_of(profile, profile.matters[code]))
        if output is None:
            typer.echo(text, nl=False)
        else:
            file = output if matter else output / f"{code}.{ending}"
            file.write_text(text, encoding="utf-8")
            typer.echo(f"wrote {file}")


@profile_commands.command("new")
def profile_new(
    code: Annotated[str, typer.Argument(help="small letters, digits and _, e.g. linhai")],
    name: Annotated[str, typer.Argument(help="as people call the region, e.g. 临海")],
    within: Annotated[Path | None, typer.Option("--in", help="folder in which the region's folder is made; else GREENLANE_REGIONS")] = None,
) -> None:
    """Write a commented profile to begin with. Never overwrites."""
    from config.starting import CannotBegin, write_profile

    try:
        files = write_profile(within or settings().regions, code, name)
    except CannotBegin as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(f"wrote {file}" for file in files))


@wechat_commands.command("menu")
def wechat_menu(
    code: Annotated[str, typer.Argument(help="code of the region whose account it is")],
    check: Annotated[bool, typer.Option("--check", help="change nothing; say what is otherwise at WeChat, and end with 1 if anything is")] = False,
) -> None:
    """Make the menu of the official account the one of the region's profile. Phones show it after some minutes."""
    from config.errors import Refusal

    try:
        otherwise = in_loop(_menu(code, check))
    except Refusal as why:
        typer.echo(f"{why} {why.extra or ''}".rstrip(), err=True)
        raise typer.Exit(1) from None
    typer.echo("the menu stands" if not otherwise else f"otherwise at WeChat: {', '.join(otherwise)}")
    if otherwise:
        raise typer.Exit(1)


async def _menu(code: str, check: bool) -> list[str]:
    from wechat.bot import menu
    from wechat.platforms import Platforms

    config = settings()
    wanted = menu.buttons(config.public_url, _read(config.regions / code), config.accounts(code).mini_program.app_id)
    platforms = Platforms(config, None)
    try:
        if not check:
            await platforms.official_account(code).create_menu(wanted)
        return menu.differences(await platforms.official_account(code).menu(), wanted)
    finally:
        await platforms.close()


if __name__ == "__main__":
    sys.exit(main())
