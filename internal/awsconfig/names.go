package awsconfig

import "slices"

// ProfileNames are the profiles of the file as the AWS CLI reads it, ours and
// others, in the order of the file, each once.
func (f *File) ProfileNames() []string { return f.names(cliProfile) }

// CredentialsNames are the profiles of a credentials file, in whose headers no
// word profile stands, in the order of the file, each once.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html#file-format-creds
func (f *File) CredentialsNames() []string { return f.names(inBrackets) }

// names are those that the headers give, each once; an empty one is none.
func (f *File) names(of func(headerText string) string) []string {
	var names []string
	for _, l := range f.lines() {
		if l.kind != header {
			continue
		}
		if name := of(l.text); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
