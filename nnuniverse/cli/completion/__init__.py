"""``nnu completion``: what a shell offers when a word is completed."""

from nnuniverse.cli.completion.command import completion

__all__ = ["completion"]
