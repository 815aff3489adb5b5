"""Where config, numbers and files meet: one file per thing that a command does with a net."""
