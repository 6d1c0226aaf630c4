"""The vendor tells all times as China's, without saying so. Apart from the adapter, so that who reads receipts loads no SDK."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

VENDOR_ZONE: Final = ZoneInfo("Asia/Shanghai")


def local_time(text: object) -> datetime | None:
    """The vendor's ``2026-11-21 09:54:38`` as an aware moment; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=VENDOR_ZONE)
