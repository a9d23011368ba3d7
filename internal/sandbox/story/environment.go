package story

import (
	"slices"
	"strings"
)

// Environment is environ, a list of NAME=value, for a program that the person
// runs: their home, the sandbox's endpoint, and nothing of what whoever runs
// the sandbox has set for an AWS of their own. Proxies are left out because the
// endpoint is on this machine.
func Environment(environ []string, person Person, endpoint string) []string {
	kept := slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(entry), "=")
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "BOTO_") ||
			strings.HasSuffix(name, "_PROXY") || name == "HOME" || name == "USERPROFILE"
	})
	return append(kept, settings(person, endpoint)...)
}

// Exports are the lines that make the [Environment] of a POSIX shell the
// person's. They find out themselves what that shell has set.
func Exports(person Person, endpoint string) []string {
	// A name of its own, because zsh refuses to unset nothing.
	lines := []string{"unset AWS_PROFILE " +
		`$(env | sed -nE 's/^((AWS|BOTO)_[A-Za-z0-9_]*|[A-Za-z0-9_]+_(proxy|PROXY))=.*/\1/p')`}
	for _, setting := range settings(person, endpoint) {
		name, value, _ := strings.Cut(setting, "=")
		lines = append(lines, "export "+name+"='"+strings.ReplaceAll(value, "'", `'\''`)+"'")
	}
	return lines
}

// settings have every AWS client use the endpoint as the person. STS is named
// for the AWS SDK for Go, which assumes the role of a profile at the real one,
// the code included, if only AWS_ENDPOINT_URL is set.
func settings(person Person, endpoint string) []string {
	return []string{
		"HOME=" + person.Home, "USERPROFILE=" + person.Home,
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ENDPOINT_URL_STS=" + endpoint, "AWS_ENDPOINT_URL_IAM=" + endpoint,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
	}
}
