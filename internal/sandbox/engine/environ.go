package engine

import (
	"path/filepath"
	"slices"
	"strings"
)

// inheritable reports whether a variable of the caller's environment may reach
// the Pulumi CLI. The list names what is allowed rather than what is not:
// AWS_*, PULUMI_*, GOOGLE_*, proxies and anything invented later stay out.
func inheritable(name string) bool {
	switch strings.ToUpper(name) {
	case "PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR",
		"USER", "LOGNAME", "USERNAME",
		"LANG", "LC_ALL", "LC_CTYPE", "TZ",
		"TERM", "COLORTERM", "NO_COLOR":
		return true
	default:
		return false
	}
}

// inherit keeps those of environ ("NAME=value" entries) that may reach the CLI.
func inherit(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return !inheritable(name)
	})
}

// layout is the state root and the places under it.
type layout struct{ dir string }

func (l layout) state() string               { return filepath.Join(l.dir, "state") }
func (l layout) pulumiHome() string          { return filepath.Join(l.dir, "pulumi-home") }
func (l layout) home() string                { return filepath.Join(l.dir, "home") }
func (l layout) temp() string                { return filepath.Join(l.dir, "tmp") }
func (l layout) bin() string                 { return filepath.Join(l.dir, "bin") }
func (l layout) project(stack string) string { return filepath.Join(l.dir, "project", stack) }

// stack is the state of a stack.
func (l layout) stack(project, stack string) string {
	return filepath.Join(l.state(), ".pulumi", "stacks", project, stack+".json")
}

// confined are the variables that keep every file the CLI writes under the
// state root, and the CLI itself off the network.
func (l layout) confined() map[string]string {
	return map[string]string{
		"HOME":        l.home(),
		"USERPROFILE": l.home(),
		"TMPDIR":      l.temp(),
		"TMP":         l.temp(),
		"TEMP":        l.temp(),
		"PULUMI_HOME": l.pulumiHome(),

		"PULUMI_SKIP_UPDATE_CHECK":                    "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		"AWS_EC2_METADATA_DISABLED":                   "true",
	}
}
