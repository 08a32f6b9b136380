"""The commands of `rollcall`, a file each. Heavy things are imported inside, so that `rollcall --help` is quick."""
