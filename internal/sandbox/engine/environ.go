package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// inherit keeps those of environ ("NAME=value" entries) that may reach the CLI. The
// list names what is allowed rather than what is not: AWS_*, PULUMI_*, GOOGLE_*,
// proxies and anything invented later stay out.
func inherit(environ []string) []string {
	allowed := strings.Fields(`PATH PATHEXT COMSPEC SYSTEMROOT SYSTEMDRIVE WINDIR USER LOGNAME USERNAME
		LANG LC_ALL LC_CTYPE TZ TERM COLORTERM NO_COLOR`)
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return !slices.Contains(allowed, strings.ToUpper(name))
	})
}

// layout is the state root and the places under it.
type layout struct{ dir string }

// createLayout makes the directories that every run needs, private to the user.
func createLayout(dir string) (layout, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return layout{}, fmt.Errorf("find the state root %s: %w", dir, err)
	}
	l := layout{dir: absolute}
	for _, dir := range []string{l.state(), l.pulumiHome(), l.home(), l.temp(), l.bin()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return layout{}, fmt.Errorf("create the state root: %w", err)
		}
	}
	return l, nil
}

func (l layout) state() string               { return filepath.Join(l.dir, "state") }
func (l layout) pulumiHome() string          { return filepath.Join(l.dir, "pulumi-home") }
func (l layout) home() string                { return filepath.Join(l.dir, "home") }
func (l layout) temp() string                { return filepath.Join(l.dir, "tmp") }
func (l layout) bin() string                 { return filepath.Join(l.dir, "bin") }
func (l layout) project(stack string) string { return filepath.Join(l.dir, "project", stack) }

// StateFile is where the file backend of a directory has the state of a stack.
func StateFile(dir, project, stack string) string {
	return filepath.Join(dir, ".pulumi", "stacks", project, stack+".json")
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
