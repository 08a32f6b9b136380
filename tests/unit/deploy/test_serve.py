"""What the terminal says when the work on a stack fails."""

from deploy.serve import plainly


def test_errors_of_several_tasks_are_all_named() -> None:
    errors = ExceptionGroup(
        "unhandled errors in a TaskGroup", [ValueError("this"), ExceptionGroup("", [OSError("that")])]
    )
    assert plainly(errors) == "ValueError: this; OSError: that"
