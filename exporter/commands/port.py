"""A port that cannot be listened on: why, and what to do about it."""

import errno


def cannot_listen(where: object, error: OSError, flag: str) -> str:
    """Return the line about an address or port that ``flag`` gave, or that is its default; None: none is to blame."""
    on = "" if where is None else f" on {where}"
    return f"cannot listen{on}: {error.strerror}; {_advice(error, flag)}"


def _advice(error: OSError, flag: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"another program has it; stop that one, or choose another port with {flag}"
        case errno.EACCES:
            return f"only root may use this port; choose one from 1024 on with {flag}"
        case errno.EMFILE | errno.ENFILE:
            return "raise the limit of open files"
        case _:
            return f"give an address of this host, or :PORT for all of them, with {flag}"
