"""A folder verified in a thread, while what is in it is already being used.

The sha256 of a million vectors takes as long as finding the nearest of them. What is computed
meanwhile may not be shown, or written, before ``confirm`` has returned. This module imports nothing
heavy, so the thread runs while numpy is being imported.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path

from seqlm.config import PROJECTOR_VECTORS
from seqlm.model_folder import ModelFolder, open_model
from seqlm.verified_folder import MANIFEST


def is_foreign(path: Path) -> bool:
    """Whether ``path`` is no model folder, but a file or what the projector reads."""
    projector = (path / PROJECTOR_VECTORS).is_file() and not (path / MANIFEST).exists()
    return path.is_file() or projector


class Verification:
    """The verification of a model folder, under way; another program's files need none.

    Args:
        path: a model folder, or vectors in another format.
        kinds: the kinds of model that fit.
    """

    def __init__(self, path: Path, kinds: Collection[str] = ("vectors",)) -> None:
        self.path = path
        self._kinds = kinds
        self._folder: ModelFolder | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._verify, daemon=True)
        if not is_foreign(path):
            self._thread.start()

    def _verify(self) -> None:
        try:
            self._folder = open_model(self.path, self._kinds)
        except Exception as error:
            self._error = error

    def confirm(self) -> None:
        """Wait for the result.

        Raises:
            ModelError: the folder is damaged, unfinished, or of another kind.
        """
        if self._thread.ident is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error
