package awserror

import (
	"fmt"
)

// PermissionError says that the credentials may not make a call.
type PermissionError struct {
	// Permission is the one that is missing, such as iam:GetRole.
	Permission string
	// Doing and Object are what it was needed for, such as reading and role dev.
	Doing, Object string
	// Remedy, if there is one, is a sentence that says what to do.
	Remedy string
	Err    error
}

// Error names what was done, the permission and the remedy.
func (e *PermissionError) Error() string {
	remedy := ""
	if e.Remedy != "" {
		remedy = ". " + e.Remedy
	}
	return fmt.Sprintf("%s %s: %s%s (AWS says: %v)", e.Doing, e.Object, e.Missing(), remedy, e.Err)
}

// Missing names the permission, without the call. What AWS answers does not tell
// for sure whether MFA would have helped.
func (e *PermissionError) Missing() string {
	return "these credentials lack the permission " + e.Permission + ", or are denied it without MFA"
}

// Unwrap gives what the API said.
func (e *PermissionError) Unwrap() error { return e.Err }
