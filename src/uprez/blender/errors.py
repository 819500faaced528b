"""What can be wrong with a scene."""


class SceneError(Exception):
    """A scene that can't be rendered as asked. `str(error)` is one line for people."""
