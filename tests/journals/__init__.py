"""All that is emitted in some scenarios, word for word: what a family, a supervisor or a court would be told.

A journal changes only with the rules or with what is said about them. `python -m tests.journals` writes them anew; read the
difference before you commit it.
"""
