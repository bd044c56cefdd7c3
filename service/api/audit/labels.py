"""What every answer of the audit says of itself: the size and root of the log that it was made from."""

from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request

from service.api.asking import service
from vouchers.audit import to_base64

SIZE: Final = "Audit-Tree-Size"
ROOT: Final = "Audit-Root"


def label_answers(app: Flask) -> None:
    """Let every answer of an app's audit routes that states no tree itself state the present one."""
    app.after_request(_complete)


def is_labelled(path: str) -> bool:
    """Whether what stands at an address says for which tree it holds."""
    return path.startswith(("/v1/audit/", "/log/"))


def label(response: Response, size: int, root: bytes) -> Response:
    """State the tree that an answer holds for: its size, and its root in base64 as checkpoints have it."""
    response.headers[SIZE] = str(size)
    response.headers[ROOT] = to_base64(root)
    return response


def label_now(response: Response) -> Response:
    """State the tree as it is now, for an answer that holds for the whole log."""
    return label(response, *service().ledger.tree.head())


def label_at(response: Response, size: int) -> Response:
    """State the tree as it was when the log had this size."""
    return label(response, size, service().ledger.tree.root(size))


def _complete(response: Response) -> Response:
    if is_labelled(request.path) and response.status_code < HTTPStatus.BAD_REQUEST and SIZE not in response.headers:
        label_now(response)
    return response
