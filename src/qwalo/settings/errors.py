"""What is wrong with a setting."""


class SettingsError(Exception):
    """A setting has a value that cannot be used. The message names the variable and what is expected."""
