"""The two errors a person is meant to read."""


class CivitwinError(Exception):
    """A fault said in one line, with its cure where there is one; the command line prints it without a trace."""


class ConfigError(CivitwinError):
    """A configuration or city file that cannot be used.

    ``where`` names file and key (``config/scenes/fire.toml: signals[1].dwell_s``), ``reason`` what is wrong with it.
    """

    def __init__(self, where: object, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = str(where)
        self.reason = reason
