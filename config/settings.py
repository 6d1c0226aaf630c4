"""What the environment says: built once at start, every field with its line of doc.

A secret has no default outside development; production refuses a sample one (``Settings.refuse_samples``).
"""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.accounts import Accounts, OwnAccounts, contradictions, faults, resolve, samples

SAMPLE = "sample-only-for-development"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Read from the environment (prefix ``GREENLANE_``; the two URLs carry the names that platforms give them)."""

    model_config = SettingsConfigDict(env_prefix="GREENLANE_", populate_by_name=True, extra="ignore", env_nested_delimiter="__",
                                      hide_input_in_errors=True)  # it holds the secrets, and the error goes to a log

    environment: Environment = Field(Environment.DEVELOPMENT, description="development or production")
    data: Path = Field(Path("data"), description="folder of everything that is kept: embedded servers, keys, files")
    regions: Path = Field(Path(__file__).parent / "regions", description="folder of the region profiles")
    files_url: str = Field("", description="where uploaded files lie, sealed: s3://bucket/prefix (keys and endpoint in AWS_…); empty: under data/")
    clamd_url: str = Field("", description="virus scanner that sees every upload: tcp://host:3310 or unix:///path/clamd.ctl; empty: none",
                           pattern=r"^(tcp://[^/\s]+:\d+|unix:///\S+)?$")
    clamd_away: str = Field("refuse", description="what becomes of uploads while the scanner is away: refuse, or hold (kept unread until it has "
                                                  "seen them)", pattern="^(refuse|hold)$")
    host: str = Field("127.0.0.1", description="address that the web process listens on")
    port: int = Field(8000, description="port that the web process listens on", validation_alias="PORT")
    public_url: str = Field("http://127.0.0.1:8000", description="how people reach the service; printed into QR codes")
    workers: int = Field(1, description="number of web processes")

    database_url: str = Field("", description="PostgreSQL; empty in development: embedded, under data/", validation_alias="DATABASE_URL")
    database_pool: int = Field(16, description="connections to PostgreSQL a web process")
    redis_url: str = Field("", description="Redis or Valkey; empty in development: embedded", validation_alias="REDIS_URL")

    key_file: Path | None = Field(None, description="key ring (JSON, `greenlane keys new`); in development made under data/")
    cipher: str = Field("aes", description="aes (AES-256-GCM, HMAC-SHA256) or sm (国密: SM4-GCM, HMAC-SM3)", pattern="^(aes|sm)$")

    wechat_url: str = Field("https://api.weixin.qq.com", description="host of WeChat's API; in development the sandbox")
    wechat_app_id: str = Field("wx5a6d0b7e00000001", description="mini program's app id")
    wechat_app_secret: SecretStr = Field(SecretStr(SAMPLE), description="mini program's secret")
    wechat_token: SecretStr = Field(SecretStr(SAMPLE), description="token of the mini program's callbacks (消息推送)")
    wechat_aes_key: SecretStr = Field(SecretStr("U2FtcGxlT25seUZvckRldmVsb3BtZW50MDEyMzQ1Njc"), description="its EncodingAESKey, 43 characters")
    official_app_id: str = Field("wx5a6d0b7e00000002", description="official account's app id")
    official_app_secret: SecretStr = Field(SecretStr(SAMPLE), description="official account's secret")
    official_token: SecretStr = Field(SecretStr(SAMPLE), description="token of the official account's callbacks")
    official_aes_key: SecretStr = Field(SecretStr("U2FtcGxlT25seUZvckRldmVsb3BtZW50MDEyMzQ1Njc"), description="EncodingAESKey, 43 characters")

    sms_url: str = Field("", description="where the SMS gateway is, when not the vendor's own host; refused in production")
    sms_access_key_id: str = Field("LTAISAMPLEONLY", description="Aliyun access key id")
    sms_access_key_secret: SecretStr = Field(SecretStr(SAMPLE), description="Aliyun access key secret")
    sms_rate: int = Field(50, ge=1, le=5000, description="messages a second that a worker hands over: what the account is allowed, or less")
    sms_second_url: str = Field("", pattern=r"^(https?://[^/\s]+)?$",
                                description="the second gateway's host, when not the vendor's own; https in production")
    sms_second_access_key_id: str = Field("", description="access key id of another account, the second gateway; empty: there is one gateway")
    sms_second_access_key_secret: SecretStr = Field(SecretStr(""), description="its secret")
    sms_second_share: int = Field(0, ge=0, le=100, description="of a hundred messages so many go through the second while both are well")
    sms_receipt_path: SecretStr = Field(SecretStr(SAMPLE), description="unguessable part of the addresses of receipts and replies")

    own_accounts: dict[str, OwnAccounts] = Field(
        {}, validation_alias="GREENLANE_ACCOUNTS", repr=False,
        description="accounts of a region's own: `GREENLANE_ACCOUNTS__<REGION>__<NAME>`, for each `WECHAT_…`, `OFFICIAL_…` and `SMS_…` of this "
                    "table but `WECHAT_URL` and `SMS_URL`; an account is named whole, what is not named is the installation's")

    smtp_url: str = Field("", description="smtp[s]://user:password@host:port; in development the sandbox", repr=False)
    smtp_starttls: bool = Field(True, description="smtp:// is encrypted by STARTTLS, or nothing is sent; false: in clear, in development alone")
    smtp_from: str = Field("", description="address that mails come from")
    sandbox_url: str = Field("", description="where the sandbox is; set by `greenlane dev` alone")

    session_idle_minutes: int = Field(120, description="a session ends after so many minutes without use")
    session_days: int = Field(14, description="a session ends after so many days, used or not")
    real_ip_header: str = Field("", description="header in which the proxy in front tells the client's address; empty: none is trusted")
    proxies: int = Field(0, description="number of proxies in front of the web process")
    argon_threads: int = Field(2, description="threads that hash passwords; the rest of the process never waits for them")

    @property
    def in_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    def accounts(self, region: str = "") -> Accounts:
        """What a region speaks to WeChat and Aliyun through; without a region, the installation's own accounts."""
        return resolve(self, self.own_accounts.get(region), region, self.sms_url)

    @property
    def with_accounts(self) -> tuple[str, ...]:
        """The installation (empty) and every region that has an account of its own."""
        return ("", *self.own_accounts)

    def _samples(self) -> list[str]:
        """Names of the secrets that are empty or still what this file says; one that is empty by default belongs to what need not be there."""
        known = _sample_secrets()
        return [name for name, value in self if isinstance(value, SecretStr) and known[name] and value.get_secret_value() in ("", known[name])]

    @model_validator(mode="after")
    def refuse_half_accounts(self) -> Self:
        """An account of a region's own is whole, and one account is the same wherever it is named."""
        wrong = [fault for region, own in self.own_accounts.items() for fault in faults(region, own)]
        wrong = wrong or list(contradictions({region: self.accounts(region) for region in self.with_accounts}))
        if wrong:
            raise ValueError("accounts of regions:\n  " + "\n  ".join(wrong))
        return self

    @model_validator(mode="after")
    def refuse_samples(self) -> Self:
        """Production starts with secrets of its own and with the real hosts, or not at all (T38)."""
        if not self.in_production:
            return self
        wrong = [f"GREENLANE_{name.upper()}: is missing, or is the sample value" for name in self._samples()]
        wrong += [fault for region, own in self.own_accounts.items() for fault in samples(region, own, _sample_secrets())]
        needed = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "GREENLANE_KEY_FILE": self.key_file}
        wrong += [f"{name}: is missing" for name, value in needed.items() if not value]
        stand_ins = {"GREENLANE_SMS_URL": self.sms_url, "GREENLANE_SANDBOX_URL": self.sandbox_url}
        wrong += [f"{name}: belongs to development" for name, value in stand_ins.items() if value]
        if self.sms_second_access_key_id and not self.sms_second_access_key_secret.get_secret_value():
            wrong.append("GREENLANE_SMS_SECOND_ACCESS_KEY_SECRET: is missing")
        if self.sms_second_url.startswith("http://"):
            wrong.append("GREENLANE_SMS_SECOND_URL: must begin with https://")
        if self.smtp_url and not self.smtp_from:
            wrong.append("GREENLANE_SMTP_FROM: is missing")
        if not self.smtp_starttls:
            wrong.append("GREENLANE_SMTP_STARTTLS: must stay on; mails carry codes and links")
        if not self.public_url.startswith("https://"):
            wrong.append("GREENLANE_PUBLIC_URL: must begin with https://")
        if wrong:
            raise ValueError("production refuses to start:\n  " + "\n  ".join(wrong))
        return self


def _sample_secrets() -> dict[str, str]:
    """What this file says for each secret; empty for what need not be there."""
    return {name: field.default.get_secret_value() for name, field in Settings.model_fields.items() if isinstance(field.default, SecretStr)}


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; tests clear the cache (``settings.cache_clear()``) to build others."""
    return Settings()


def described() -> str:
    """All settings as a Markdown table, for ``greenlane settings`` and docs/operations.md."""
    lines = ["| variable | default | what it says |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"GREENLANE_{name.upper()}")
        default = "(sample)" if isinstance(field.default, SecretStr) else "" if field.default in ("", None, {}) else f"`{_shown(field.default)}`"
        lines.append(f"| `{variable}` | {default} | {field.description} |")
    return "\n".join(lines)


def _shown(default: object) -> object:
    return "config/regions" if isinstance(default, Path) and default.is_absolute() else default
