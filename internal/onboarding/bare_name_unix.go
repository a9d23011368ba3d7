//go:build !windows

package onboarding

// bareName is a path: a credential_process may have it in quotes.
func bareName(path string) string { return path }
