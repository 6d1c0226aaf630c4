"""Why a file is not taken: each reason with its code, and what the person can do about it. The sentence stands beside the field."""

from config.errors import Invalid, TooMany
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
