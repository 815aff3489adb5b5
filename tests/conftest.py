"""What holds for all tests."""

from hypothesis import settings

# No test depends on the time that it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
