"""Qwalo: send a video or voice interview by a personal link, and hold it in the browser."""

__version__ = "0.1.0"
