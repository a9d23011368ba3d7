package account

import (
	"fmt"
	"net/http"
)

// Error is an answer that IAM gives instead of a result, with the code, text
// and HTTP status that AWS uses.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
type Error struct {
	// Code is AWS's error code, for example NoSuchEntity.
	Code string
	// Message is AWS's text.
	Message string
	// Status is the HTTP status.
	Status int
}

// Error is the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

func noSuchEntity(format string, args ...any) *Error {
	return NewError("NoSuchEntity", http.StatusNotFound, format, args...)
}

func alreadyExists(format string, args ...any) *Error {
	return NewError("EntityAlreadyExists", http.StatusConflict, format, args...)
}

func deleteConflict(format string, args ...any) *Error {
	return NewError("DeleteConflict", http.StatusConflict, format, args...)
}

func limitExceeded(format string, args ...any) *Error {
	return NewError("LimitExceeded", http.StatusConflict, format, args...)
}

func overQuota(q quota) *Error {
	return limitExceeded("Cannot exceed quota for %s: %d", q.name, q.limit)
}

func malformedDocument(format string, args ...any) *Error {
	return NewError("MalformedPolicyDocument", http.StatusBadRequest, format, args...)
}

func invalidInput(format string, args ...any) *Error {
	return NewError("InvalidInput", http.StatusBadRequest, format, args...)
}

func validationError(format string, args ...any) *Error {
	return NewError("ValidationError", http.StatusBadRequest, format, args...)
}

// refused is AccessDenied that is not a matter of policies.
func refused(format string, args ...any) *Error {
	return NewError("AccessDenied", http.StatusForbidden, format, args...)
}

// NewError is an error of AWS's with that code and HTTP status.
func NewError(code string, status int, format string, args ...any) *Error {
	return &Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}
