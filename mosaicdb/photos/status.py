"""Look at files without opening them."""

import errno
import os
import stat
from typing import Final

_LEADS_NOWHERE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def status_of(path: str) -> os.stat_result:
    """Return the status of a file, of whatever links lead to it.

    Of a link that leads to no file (to nothing, a pipe or a device), it is the status of the link
    itself, which says whether that has changed.

    Raises:
        OSError: there is nothing at the path, or nobody may look.
    """
    try:
        status = os.stat(path)
        return status if stat.S_ISREG(status.st_mode) else os.lstat(path)
    except OSError as error:
        if error.errno not in _LEADS_NOWHERE:
            raise
        return os.lstat(path)
