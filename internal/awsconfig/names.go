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

// CredentialsNames are the profiles of a credentials file, in whose headers no
// word profile stands, in the order of the file, each once.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html#file-format-creds
func (f *File) CredentialsNames() []string {
	var names []string
	for _, l := range scan(splitLines(strings.TrimPrefix(string(f.Bytes()), byteOrderMark))) {
		if l.kind != header {
			continue
		}
		trimmed := strings.TrimFunc(l.text, isSpace)
		if name := trimmed[1:strings.LastIndexByte(trimmed, ']')]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
