package policy_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// section is a heading of a file in testdata/tables, which begins with #, and the
// lines below it.
type section struct {
	heading string
	lines   []string
}

func sections(t *testing.T, file string) []section {
	t.Helper()
	var found []section
	for line := range strings.Lines(read(t, filepath.Join("testdata", "tables", file))) {
		line = strings.TrimSuffix(line, "\n")
		heading, isHeading := strings.CutPrefix(line, "# ")
		switch {
		case isHeading:
			found = append(found, section{heading: heading})
		case line != "":
			last := &found[len(found)-1]
			last.lines = append(last.lines, line)
		}
	}
	require.NotEmpty(t, found, file)
	return found
}

// eachLine runs a check for each line of a file.
func eachLine(t *testing.T, file string, check func(t *testing.T, heading, line string)) {
	t.Helper()
	for _, section := range sections(t, file) {
		require.NotEmpty(t, section.lines, section.heading)
		for _, line := range section.lines {
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				check(t, section.heading, line)
			})
		}
	}
}
