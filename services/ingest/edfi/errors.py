"""Refusals as Ed-Fi's API words them: RFC 9457 problem details with its urn types. Details never quote a person's data."""

from typing import Any

URN = "urn:ed-fi:api"


class Problem(Exception):
    """A refused request."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        errors: list[str] | None = None,
        validation_errors: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.validation_errors = validation_errors

    def body(self, correlation_id: str) -> dict[str, Any]:
        body = {
            "detail": self.detail,
            "type": f"{URN}:{self.kind}",
            "title": self.title,
            "status": self.status,
            "correlationId": correlation_id,
            "validationErrors": self.validation_errors,
            "errors": self.errors,
        }
        return {name: value for name, value in body.items() if value is not None}


def invalid(validation_errors: dict[str, list[str]]) -> Problem:
    detail = "Data validation failed. See 'validationErrors' for details."
    kind = "bad-request:data-validation-failed"
    return Problem(400, kind, "Data Validation Failed", detail, validation_errors=validation_errors)


def malformed(reason: str) -> Problem:
    return Problem(400, "bad-request:data", "Data Could Not Be Read", reason, errors=[reason])


def bad_parameter(name: str, reason: str) -> Problem:
    detail = f"The query parameter '{name}' {reason}."
    return Problem(400, "bad-request:parameter", "Parameter Validation Failed", detail, errors=[detail])


def key_change() -> Problem:
    detail = "The natural key cannot be changed: delete this item and create the other one."
    kind = "bad-request:data-validation-failed:key-change-not-supported"
    return Problem(400, kind, "Key Change Not Supported", detail, errors=[detail])


def unresolved(references: list[str]) -> Problem:
    detail = f"The referenced {', '.join(references)} item(s) do not exist."
    kind = "data-conflict:unresolved-reference"
    return Problem(409, kind, "Unresolved Reference", detail, errors=[detail])


def dependent(resource: str) -> Problem:
    detail = f"The item cannot be deleted because it is referenced by an existing {resource} item."
    kind = "data-conflict:dependent-item-exists"
    return Problem(409, kind, "Dependent Item Exists", detail, errors=[detail])


def not_found() -> Problem:
    return Problem(404, "not-found", "Not Found", "The specified item could not be found.")


def no_such_resource(known: list[str]) -> Problem:
    detail = f"There is no resource of this name here. There are: {', '.join(known)}."
    return Problem(404, "not-found", "Not Found", detail)


def optimistic_lock() -> Problem:
    detail = "The item has been modified by another client since it was read."
    return Problem(412, "optimistic-lock-failed", "Optimistic Lock Failed", detail)


def unauthenticated() -> Problem:
    detail = "The caller could not be authenticated: an access token of /oauth/token is needed."
    return Problem(401, "security:authentication", "Authentication Failed", detail)


def unavailable() -> Problem:
    return Problem(503, "system", "System Unavailable", "The database is away; nothing was accepted: send it again.")
