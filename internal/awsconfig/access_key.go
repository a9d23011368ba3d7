package awsconfig

import (
	"errors"
	"fmt"
	"strings"
)

// The settings of an access key.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
const (
	keyAccessKeyID     = "aws_access_key_id"
	keySecretAccessKey = "aws_secret_access_key" //nolint:gosec // G101: the name of a setting
)

// AccessKey is a long-term access key; printed by accident, it shows no secret.
type AccessKey struct{ ID, Secret string }

// Format keeps the secret out of everything that fmt prints.
func (k AccessKey) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(k.ID)) }

// HasAccessKey reports whether the file has the access key of that id anywhere.
func (f *File) HasAccessKey(id string) bool {
	for _, l := range scan(splitLines(joined(f.parts))) {
		if l.kind == option && l.key == keyAccessKeyID && l.value == id {
			return true
		}
	}
	return false
}

// ReplaceAccessKey puts an access key in the place of the one of that id, wherever in
// the file it stands, and keeps every other byte. The secret must stand in the same
// section; the error names the line, and then nothing has changed.
func (f *File) ReplaceAccessKey(id string, with AccessKey) error {
	if problem := valueProblem(with.ID) + valueProblem(with.Secret); problem != "" {
		return invalid("the access key that AWS gave: %s", problem)
	}
	raw := splitLines(joined(f.parts))
	lines := scan(raw)
	for begin := 0; begin < len(lines); {
		end := begin + 1
		for end < len(lines) && lines[end].kind != header {
			end++
		}
		if err := replaceIn(raw[begin:end], lines[begin:end], begin, id, with); err != nil {
			return err
		}
		begin = end
	}
	edited, err := Parse([]byte(strings.Join(raw, "")))
	if err != nil {
		return err
	}
	f.parts = edited.parts
	return nil
}

var errNoSecret = errors.New("below or above it there is no " + keySecretAccessKey + " on one line of its own: " +
	"put both into one profile, each on one line")

// replaceIn edits the lines of one section, the first of which has that index.
func replaceIn(raw []string, lines []line, first int, id string, with AccessKey) error {
	idAt, secretAt, secrets := -1, -1, 0
	for i, l := range lines {
		switch {
		case l.kind == option && l.key == keyAccessKeyID && l.value == id:
			idAt = i
		case l.key == keySecretAccessKey:
			secretAt = i
			secrets++
		}
	}
	switch {
	case idAt < 0:
		return nil
	case secrets != 1 || lines[secretAt].value == "":
		return fmt.Errorf("line %d: %w", first+idAt+1, errNoSecret)
	}
	raw[idAt] = withValue(raw[idAt], lines[idAt].value, with.ID)
	raw[secretAt] = withValue(raw[secretAt], lines[secretAt].value, with.Secret)
	return nil
}

// withValue is the line with another value, which begins at the last place where the
// old one stands.
func withValue(raw, old, value string) string {
	at := strings.LastIndex(raw, old)
	return raw[:at] + value + raw[at+len(old):]
}
