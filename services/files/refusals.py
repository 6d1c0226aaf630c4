"""Why a file is not taken: each reason with its code, and what the person can do about it. The sentence stands beside the field."""

from config.errors import Conflict, Invalid, TooMany, Unavailable
from services.files import names


class FileRefused(Invalid):
    """这个文件没有收下，请换一个文件再上传。"""

    code = "file_refused"

    def __init__(self, field: str, name: str) -> None:
        """``field``: as the form knows it; ``name``: the file's, so that one of several is found again."""
        sentence = (type(self).__doc__ or "").strip()
        super().__init__({field: f"{shown}：{sentence}" if (shown := names.shown(name)) else sentence}, sentence)


class WrongKind(FileRefused):
    """只能上传照片（JPG、PNG、WEBP）和 PDF 文件。请拍照，或另存为 PDF 后再上传。"""

    status_code = 415
    code = "file_kind"


class Heic(FileRefused):
    """这是苹果手机的 HEIC 照片，需要 JPG。请在手机「设置 → 相机 → 格式」里选「兼容性最佳」后重拍；已经拍好的照片，请上传它的截图。"""

    status_code = 415
    code = "file_heic"


class Infected(FileRefused):
    """安全检查发现文件里有病毒，没有收下，也没有保存。请用杀毒软件检查您的设备，换一个干净的文件再上传。"""

    code = "file_infected"

    def __init__(self, field: str, name: str, found: str) -> None:
        """``found``: what the scanner calls it, for the audit."""
        super().__init__(field, name)
        self.found = found


class ScannerAway(Unavailable):
    """上传文件前的安全检查暂时用不了，这个文件没有收下，您填写的其他内容没有丢失。请过几分钟再上传。"""

    code = "scanner_away"


class Waiting(Unavailable):
    """这个文件正在等待安全检查，通过以后就能查看，一般几分钟。请稍后再试。"""

    code = "file_waiting"


class Destroyed(Conflict):
    """安全检查发现这个文件里有病毒，文件已经销毁。请联系上传人换一个干净的文件。"""

    code = "file_destroyed"


class Unreadable(FileRefused):
    """文件打不开，可能没有传完或已经损坏。请在电脑或手机上先打开看看，再重新上传。"""

    code = "file_unreadable"


class Empty(FileRefused):
    """这是一个空文件，里面没有内容。请重新选择。"""

    code = "file_empty"


class TooManyBytes(FileRefused):
    """文件超过 10 MB。请压缩，或用较低的清晰度重新扫描后再上传。"""

    status_code = 413
    code = "file_size"


class TooManyPixels(FileRefused):
    """图片超过 5000 万像素。请把图片缩小，或直接用手机拍照上传。"""

    code = "file_pixels"


class TooManyPages(FileRefused):
    """PDF 超过 200 页。请只保留需要的页，或分成几个文件上传。"""

    code = "file_pages"


class Locked(FileRefused):
    """PDF 设有密码或使用限制，审核人打不开。请用「打印为 PDF」另存一份后再上传。"""

    code = "file_locked"


class Active(FileRefused):
    """PDF 里带有脚本、附件或可以执行的内容。请用「打印为 PDF」另存一份后再上传。"""

    status_code = 415
    code = "file_active"


class TooManyFiles(FileRefused):
    """这一项的文件已经够多了。请先删去不需要的，再上传新的。"""

    code = "file_count"


class Busy(TooMany):
    """同时处理的文件太多，请过几秒再试。"""

    code = "files_busy"


#: What :mod:`services.files.quarantine` says → what people read.
REASONS: dict[str, type[FileRefused]] = {
    "kind": WrongKind, "unreadable": Unreadable, "size": TooManyBytes, "pixels": TooManyPixels, "pages": TooManyPages, "locked": Locked,
    "active": Active,
}
