package awsconfig

import (
	"slices"
	"strings"
)

// ProfileNames are the profiles of the file as the AWS CLI reads it, ours and
// others, in the order of the file, each once.
func (f *File) ProfileNames() []string {
	var names []string
	for _, l := range scan(splitLines(strings.TrimPrefix(string(f.Bytes()), byteOrderMark))) {
		if l.kind != header {
			continue
		}
		if name := cliProfile(l.text); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
